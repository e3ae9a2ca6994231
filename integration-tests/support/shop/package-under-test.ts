import { execFile } from "node:child_process"
import { mkdir, rm } from "node:fs/promises"
import path from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

export const REPOSITORY = path.resolve(__dirname, "../../..")
export const PACKAGE_NAME = "medusa-caching-postgres"

/** Puts into `target` what a shop gets that installs this package: the contents of the tarball, not the repository. */
export async function installPackedPackage(target: string): Promise<void> {
  await mkdir(target, { recursive: true })

  const { stdout } = await run(
    "npm",
    [
      "pack",
      "--json",
      "--ignore-scripts",
      "--loglevel=error",
      "--pack-destination",
      target,
    ],
    { cwd: REPOSITORY }
  )
  const tarball = path.join(target, packedFilename(stdout))
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"])
  await rm(tarball)
}

function packedFilename(output: string): string {
  // npm has answered with a list since version 7, and with an object keyed by name in some later ones.
  const answer = JSON.parse(output) as PackedFile[] | Record<string, PackedFile>
  const [file] = Array.isArray(answer) ? answer : Object.values(answer)
  if (!file) {
    throw new Error(`npm pack named no file: ${output}`)
  }
  return file.filename
}

interface PackedFile {
  filename: string
}
