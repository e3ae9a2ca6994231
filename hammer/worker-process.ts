import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import type { Assignment, Order, Reply, Tally, Versions } from "./messages"

type ReplyOf<Kind extends Reply["kind"]> = Extract<Reply, { kind: Kind }>

/** The other end of a worker: one order at a time. */
export class WorkerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param onSpawned is told of the process before it is ready: it may never be */
  static async start(
    assignment: Assignment,
    onSpawned: (worker: WorkerProcess) => void
  ): Promise<WorkerProcess> {
    const child = fork(
      path.join(__dirname, "worker.ts"),
      [JSON.stringify(assignment)],
      { execArgv: ["--import", "tsx"] }
    )
    const worker = new WorkerProcess(child)
    onSpawned(worker)
    await worker.answer("ready")
    return worker
  }

  async hammer(seconds: number): Promise<Tally> {
    return (await this.send({ kind: "hammer", seconds }, "hammered")).tally
  }

  async look(): Promise<Versions> {
    return (await this.send({ kind: "look" }, "seen")).versions
  }

  async end(): Promise<void> {
    const { child } = this
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit")
      child.disconnect()
      await exited
    }
  }

  private send<Kind extends Reply["kind"]>(
    order: Order,
    kind: Kind
  ): Promise<ReplyOf<Kind>> {
    const answer = this.answer(kind)
    this.child.send(order)
    return answer
  }

  private answer<Kind extends Reply["kind"]>(
    kind: Kind
  ): Promise<ReplyOf<Kind>> {
    const { child } = this
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null, signal: string | null) =>
        reject(new Error(`a worker ended with ${code ?? signal}`))
      child.once("exit", onExit)
      child.once("message", (reply: Reply) => {
        child.off("exit", onExit)
        if (reply.kind === kind) {
          resolve(reply as ReplyOf<Kind>)
        } else {
          reject(new Error(reply.kind === "failed" ? reply.reason : reply.kind))
        }
      })
    })
  }
}
