import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

const PREFIX = "caching-postgres-shop-"

/** A new folder whose name tells which process it belongs to. */
export async function makeTemporaryFolder(): Promise<string> {
  await removeFoldersOfTheDead()

  return mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`))
}

/** A run that was killed could not clean up after itself; the next one does. */
async function removeFoldersOfTheDead(): Promise<void> {
  const names = await readdir(tmpdir())

  for (const name of names) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1])
    if (pid && !isAlive(pid)) {
      await rm(path.join(tmpdir(), name), { recursive: true, force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process can't be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
