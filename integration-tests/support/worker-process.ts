import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"

interface Reply {
  /** Of the order; 0 when the worker is ready. */
  readonly id: number
  readonly result?: unknown
  readonly failure?: string
}

/** What a worker can be asked, by name. */
type Orders = { [Name in string]: (input: never) => Promise<unknown> }
type Input<Order extends Orders[string]> =
  Parameters<Order> extends [] ? object : Parameters<Order>[0]

export interface WorkerOptions {
  readonly nodeOptions?: readonly string[]
  /** Called before the worker is ready: it may never be. */
  readonly onSpawned?: (end: () => Promise<void>) => void
}

/** For a worker that is too busy to notice the end of its channel. */
const END_LIMIT_MS = 12_000
/** For the provider in a worker whose servers are gone already. */
const CLOSE_LIMIT_MS = 10_000

/** A process that carries out orders and answers each of them. It ends when its parent does. */
export class WorkerProcess<O extends Orders> {
  private orders = 0
  private readonly waiting = new Map<number, (reply: Partial<Reply>) => void>()
  private readonly ended: Promise<unknown>

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, "exit")
    child.on("message", ({ id, ...reply }: Reply) => {
      this.waiting.get(id)?.(reply)
      this.waiting.delete(id)
    })
    child.on("exit", (code, signal) => {
      const failure = `the process ended with ${code ?? signal}`
      this.waiting.forEach((settle) => settle({ failure }))
      this.waiting.clear()
    })
  }

  /** @param argument handed to the worker as JSON */
  static async start<O extends Orders>(
    script: string,
    argument: object,
    { nodeOptions = [], onSpawned }: WorkerOptions = {}
  ): Promise<WorkerProcess<O>> {
    const loader = script.endsWith(".ts") ? ["--import", "tsx"] : []
    const child = fork(script, [JSON.stringify(argument)], {
      execArgv: [...loader, ...nodeOptions],
      serialization: "advanced",
    })
    const worker = new WorkerProcess<O>(child)
    onSpawned?.(() => worker.end())
    await worker.answer("start", 0)
    return worker
  }

  async ask<Name extends keyof O & string>(
    order: Name,
    input: Input<O[Name]>
  ): Promise<Awaited<ReturnType<O[Name]>>> {
    const id = ++this.orders
    const answer = this.answer(order, id)
    this.child.send({ id, order, input }, (error) => {
      if (error) {
        this.waiting.get(id)?.({ failure: error.message })
      }
    })
    return (await answer) as Awaited<ReturnType<O[Name]>>
  }

  /** SIGSTOP: it does nothing until it is to continue, and its connections stay. */
  pause(): void {
    this.child.kill("SIGSTOP")
  }

  continue(): void {
    this.child.kill("SIGCONT")
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL")
    await this.ended
  }

  async end(): Promise<void> {
    if (this.child.connected) {
      this.child.disconnect()
    }
    const timer = setTimeout(() => this.child.kill("SIGKILL"), END_LIMIT_MS)
    await this.ended
    clearTimeout(timer)
  }

  private async answer(order: string, id: number): Promise<unknown> {
    const { result, failure } = await new Promise<Partial<Reply>>((resolve) =>
      this.waiting.set(id, resolve)
    )
    if (failure !== undefined) {
      throw new Error(`${order}: ${failure}`)
    }
    return result
  }
}

export interface Served<O extends Orders> {
  readonly orders: O
  readonly close: () => Promise<unknown>
}

/** The worker's side: starts what the orders need, then carries them out until the parent ends. */
export async function serveOrders<O extends Orders>(
  start: () => Promise<Served<O>>
): Promise<void> {
  // Ctrl-C reaches every process of the terminal; this one ends when its parent does.
  process.on("SIGINT", () => {})
  const reply = (message: Reply) => process.send?.(message)
  const fail = (id: number, error: Error) =>
    reply({ id, failure: error.stack ?? error.message })
  try {
    const served = await start()
    process.on("disconnect", () => {
      setTimeout(() => process.exit(), CLOSE_LIMIT_MS)
      void served.close().finally(() => process.exit())
    })
    process.on(
      "message",
      ({ id, order, input }: { id: number; order: string; input: never }) => {
        served.orders[order]!(input).then(
          (result) => reply({ id, result }),
          (error: Error) => fail(id, error)
        )
      }
    )
    reply({ id: 0 })
  } catch (error) {
    fail(0, error as Error)
  }
}
