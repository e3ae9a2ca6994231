import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtempSync, openSync, closeSync, rmSync, writeSync } from "node:fs"
import { rm, stat } from "node:fs/promises"
import os from "node:os"
import path from "node:path"
import { Caller } from "../support/faults/caller"
import { OwnServer } from "../support/faults/own-server"
import { migrate } from "../support/provider/migrate"

/** Room for an empty database and some entries. */
const DISK = "size=48m"
const disk = mkdtempSync(
  path.join(os.tmpdir(), "medusa-caching-postgres-disk-")
)

/** @returns why there is no small disk on this machine */
function mount(options = DISK): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk], {
      stdio: "pipe",
    })
    return undefined
  } catch (error) {
    return (error as Error).message.trim().replaceAll("\n", " ")
  }
}

function unmount(): void {
  execFileSync("umount", [disk], { stdio: "pipe" })
}

const obstacle = mount()
if (obstacle === undefined) {
  unmount()
}
const describeWithDisk = obstacle === undefined ? describe : describe.skip
const reason =
  obstacle === undefined
    ? ""
    : ` (skipped: no small disk can be mounted here: ${obstacle})`

afterAll(() => rmSync(disk, { recursive: true, force: true }))

describeWithDisk(`a full disk${reason}`, () => {
  const ballast = path.join(disk, "ballast")
  let server: OwnServer | undefined
  let caller: Caller

  beforeAll(async () => {
    server = await OwnServer.start()
    const [row] = await server.sql<{ data_directory: string }>(
      "show data_directory"
    )
    const { uid, gid } = await stat(row!.data_directory)
    expect(mount(`${DISK},mode=0700,uid=${uid},gid=${gid}`)).toBeUndefined()
    await server.sql(`create tablespace small location '${disk}'`)
    await server.sql(
      "create database small template template0 tablespace small"
    )
    const url = new URL(server.url)
    url.pathname = "/small"
    await migrate("run", { clientUrl: url.href })
    caller = Caller.at(url.href)
  })
  afterAll(async () => {
    await caller?.close()
    await server?.close()
    try {
      unmount()
    } catch {
      // It had not come to that.
    }
  })

  function fillDisk(): void {
    const file = openSync(ballast, "w")
    try {
      for (;;) {
        writeSync(file, Buffer.alloc(2 ** 16))
      }
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC")
    } finally {
      closeSync(file)
    }
  }

  it("On a full disk sets are dropped, clears work and nothing outdated is served; with room again, the cache stores again.", async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`)
    await Promise.all(keys.map((key) => caller.set(key, "old")))
    await caller.set("cleared", "old", "t")
    fillDisk()

    // Incompressible, so that each needs new pages.
    const fresh = new Map(
      keys.map((key) => [key, randomBytes(60_000).toString("base64")])
    )
    for (const [key, data] of fresh) {
      await caller.set(key, data)
    }
    await caller.clear({ tags: ["t"] })
    expect(caller.logger.complaints.join("\n")).toMatch(/no space left/i)
    // Deduplicated, not with every set.
    expect(caller.logger.complaints.length).toBeLessThan(5)
    for (const [key, data] of fresh) {
      expect([null, data]).toContain(await caller.get(key))
    }

    await rm(ballast)
    await caller.untilServing()
    for (const [key, data] of fresh) {
      expect([null, data]).toContain(await caller.get(key))
    }
    expect(await caller.get("cleared")).toBeNull()
    expect(await caller.get("k0")).toBeNull()
    // A key that was not read before: the gets of k0 have left misses from before it was cleared.
    await caller.set("new", fresh.get("k0"))
    expect(await caller.get("new")).toBe(fresh.get("k0"))
  })
})
