import { fork, type ChildProcess } from "node:child_process"
import path from "node:path"
import type { Slice } from "../measure/slice"
import type { Order } from "../operations"
import type { Assignment, Command, Reply } from "./messages"

const WORKER = path.join(__dirname, "worker.ts")

const GRACE_MS = 12_000

interface Waiting {
  resolve(slice: Slice | undefined): void
  reject(error: Error): void
}

/** The other end of a worker: one command at a time. */
export class WorkerProcess {
  private waiting?: Waiting

  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string
  ) {
    child.on("message", (reply: Reply) => this.settle(reply))
    child.on("exit", (code, signal) =>
      this.settle({
        kind: "failed",
        reason: `its process ended with ${code ?? signal}`,
      })
    )
  }

  /** @param onSpawned is told of the process before it is ready: it may never be */
  static async start(
    assignment: Assignment,
    onSpawned: (worker: WorkerProcess) => void
  ): Promise<WorkerProcess> {
    const child = fork(WORKER, [JSON.stringify(assignment)], {
      serialization: "advanced",
    })
    const worker = new WorkerProcess(child, assignment.provider)
    onSpawned(worker)
    await worker.answer()
    return worker
  }

  async tell(command: Exclude<Command, { kind: "measure" }>): Promise<void> {
    await this.send(command)
  }

  async measure(order: Order): Promise<Slice> {
    return (await this.send({ kind: "measure", order }))!
  }

  /** Ends the process, and makes it end where it is too busy to notice. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return
    }
    const exited = new Promise((resolve) => this.child.once("exit", resolve))
    this.child.disconnect()
    const timer = setTimeout(() => this.child.kill("SIGKILL"), GRACE_MS)
    await exited
    clearTimeout(timer)
  }

  private async send(command: Command): Promise<Slice | undefined> {
    const answer = this.answer()
    this.child.send(command)
    return await answer
  }

  private answer(): Promise<Slice | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
    })
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting
    this.waiting = undefined
    if (reply.kind === "done") {
      waiting?.resolve(reply.slice)
    } else {
      waiting?.reject(new Error(`${this.name}: ${reply.reason}`))
    }
  }
}
