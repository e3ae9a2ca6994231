import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import os from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { findFreePort, urlAt } from "../local-server"

/** Every system has this user; PgBouncer refuses to run as root. */
const UNPRIVILEGED_USER = "nobody"
const START_ATTEMPTS = 200
const START_PAUSE_MS = 25

/**
 * Runs PgBouncer until its standard input ends, so that it never outlives the process that started it. A
 * signal that it can catch has newer ones wait for their clients.
 */
const RUN_WITH_PARENT = `"$@" & pid=$!; read -r _; kill -KILL $pid`

export interface PgBouncerSettings {
  readonly pool_mode: "session" | "transaction"
  /** Server connections, shared by all clients. */
  readonly default_pool_size: number
  readonly [setting: string]: string | number
}

const program = process.env.PGBOUNCER_PATH ?? "pgbouncer"
/** As a number, 1.18 as 1018; `undefined` where it is not installed. */
const version = findVersion()
const FIRST_TO_TRACK_NAMES = 1_021

/** Whether it can keep prepared statements in transaction mode. */
export const canTrackNames = (version ?? 0) >= FIRST_TO_TRACK_NAMES
/** For one that keeps none; older ones do not know the setting. */
export const WITHOUT_NAMES: Record<string, number> = canTrackNames
  ? { max_prepared_statements: 0 }
  : {}

/** A `describe` that is skipped, and says so, where there is no PgBouncer. */
export function describeWithPgBouncer(name: string, specs: () => void): void {
  if (version === undefined) {
    process.stderr.write(
      `Skipped, as pgbouncer is neither on the PATH nor at PGBOUNCER_PATH: ${name}\n`
    )
    describe.skip(`${name} (pgbouncer is not installed)`, specs)
  } else {
    describe(name, specs)
  }
}

function findVersion(): number | undefined {
  try {
    const answer = execFileSync(program, ["--version"], { encoding: "utf8" })
    const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(answer)!
    return Number(major) * 1000 + Number(minor)
  } catch {
    return undefined
  }
}

/** A real PgBouncer in front of one database. */
export class PgBouncer {
  private constructor(
    private readonly shell: ChildProcess,
    private readonly folder: string,
    readonly url: string
  ) {}

  static async start(
    databaseUrl: string,
    settings: PgBouncerSettings
  ): Promise<PgBouncer> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "pgbouncer-"))
    await chmod(folder, 0o755)
    const url = new URL(databaseUrl)
    const port = await findFreePort()
    const file = await writeConfiguration(folder, url, port, settings)
    const user = process.getuid?.() === 0 ? ["-u", UNPRIVILEGED_USER] : []
    const shell = spawn(
      "sh",
      ["-c", RUN_WITH_PARENT, "sh", program, "-q", ...user, file],
      { stdio: ["pipe", "ignore", "ignore"] }
    )
    const pooler = new PgBouncer(shell, folder, urlAt(databaseUrl, port))
    await pooler.untilListening(port)
    return pooler
  }

  async stop(): Promise<void> {
    if (this.shell.exitCode === null) {
      const ended = once(this.shell, "exit")
      this.shell.stdin!.end()
      await ended
    }
    await rm(this.folder, { recursive: true })
  }

  private async untilListening(port: number): Promise<void> {
    for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
      if (await accepts(port)) {
        return
      }
      await sleep(START_PAUSE_MS)
    }
    await this.stop()
    throw new Error("pgbouncer does not listen")
  }
}

async function writeConfiguration(
  folder: string,
  { hostname, port, username, password, pathname }: URL,
  listenPort: number,
  settings: PgBouncerSettings
): Promise<string> {
  const users = path.join(folder, "users.txt")
  await writeFile(
    users,
    `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`
  )
  const file = path.join(folder, "pgbouncer.ini")
  const options = {
    listen_addr: "127.0.0.1",
    listen_port: listenPort,
    // Not in the folder that all programs share.
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: users,
    // Whatever the machine's own limit for one database is.
    max_db_connections: 0,
    ...settings,
  }
  await writeFile(
    file,
    [
      "[databases]",
      `${decodeURIComponent(pathname.slice(1))} = host=${hostname} port=${port || 5432}`,
      "[pgbouncer]",
      ...Object.entries(options).map(([name, value]) => `${name} = ${value}`),
      "",
    ].join("\n")
  )
  return file
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    await once(socket, "connect")
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
