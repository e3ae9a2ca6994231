import { fork, spawnSync, type ChildProcess } from "node:child_process"
import path from "node:path"

const SUPERVISOR = path.join(__dirname, "redis-supervisor.mjs")

export interface RedisServer {
  readonly url: string
  readonly version: string
  stop(): Promise<void>
}

type SupervisorMessage = { url: string } | { failure: string }

/**
 * The Redis that REDIS_URL names, or one started.
 *
 * @returns nothing when there is neither
 */
export async function startRedis(): Promise<RedisServer | undefined> {
  const url = process.env.REDIS_URL
  if (url) {
    return { url, version: "at REDIS_URL", stop: () => Promise.resolve() }
  }
  const { stdout } = spawnSync("redis-server", ["--version"], {
    encoding: "utf8",
  })
  const [, version] = /v=(\S+)/.exec(stdout ?? "") ?? []
  return version ? await startSupervised(version) : undefined
}

async function startSupervised(version: string): Promise<RedisServer> {
  const supervisor = fork(SUPERVISOR, {
    // A group of its own: on Ctrl-C a benchmark still needs its Redis while it shuts down.
    detached: true,
    execArgv: [],
  })
  const exited = new Promise((resolve) => supervisor.once("exit", resolve))
  const url = await readUrl(supervisor)
  return {
    url,
    version,
    async stop() {
      if (supervisor.connected) {
        supervisor.disconnect()
      }
      await exited
    },
  }
}

function readUrl(supervisor: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    supervisor.once("message", (message: SupervisorMessage) =>
      "url" in message
        ? resolve(message.url)
        : reject(new Error(`redis-server: ${message.failure}`))
    )
    supervisor.once("exit", () => reject(new Error("redis-server: no start")))
  })
}
