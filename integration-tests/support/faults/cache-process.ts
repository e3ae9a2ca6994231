import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import type { CachingPostgresOptions } from "../../../src"
import type { CacheStats } from "../../../src/stats"

interface Orders {
  /** Random calls, the same for the same seed. */
  operate: { input: { operations: number; seed: number }; result: object }
  set: {
    input: { key: string; data: unknown; tags?: string[]; ttl?: number }
    result: object
  }
  get: {
    input: { key?: string; tags?: string[] }
    result: { value: unknown }
  }
  getAll: { input: { keys: string[] }; result: { values: unknown[] } }
  readThrough: {
    input: { entries: { key: string; data: unknown; tags: string[] }[] }
    result: { values: unknown[] }
  }
  clear: { input: { key?: string; tags?: string[] }; result: object }
  sweep: {
    input: object
    result: { elected: boolean; expired: number; evicted: number }
  }
  idle: { input: object; result: object }
  stats: { input: object; result: CacheStats }
  /** What the provider has logged, and rejections that nobody handled. */
  lines: { input: object; result: { lines: string[] } }
}

interface Reply {
  readonly id?: number
  readonly result?: unknown
  readonly failure?: string
}

/** A real process with a provider, to be asked and to be killed. */
export class CacheProcess {
  private orders = 0
  private readonly waiting = new Map<number, (reply: Reply) => void>()
  private readonly ended: Promise<unknown>

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, "exit")
    child.on("message", ({ id, ...reply }: Reply) => {
      this.waiting.get(id ?? 0)?.(reply)
      this.waiting.delete(id ?? 0)
    })
    child.on("exit", () => {
      this.waiting.forEach((settle) => settle({ failure: "it has ended" }))
      this.waiting.clear()
    })
  }

  static async start(
    clientUrl: string,
    options: CachingPostgresOptions = {}
  ): Promise<CacheProcess> {
    const child = fork(
      path.join(__dirname, "asked-process.cjs"),
      [JSON.stringify({ clientUrl, options })],
      { execArgv: [] }
    )
    await once(child, "message")
    return new CacheProcess(child)
  }

  async ask<Name extends keyof Orders>(
    order: Name,
    input: Orders[Name]["input"]
  ): Promise<Orders[Name]["result"]> {
    const { result, failure } = await new Promise<Reply>((resolve) => {
      const id = ++this.orders
      this.waiting.set(id, resolve)
      this.child.send({ id, order, input }, (error) => {
        if (error) {
          resolve({ failure: error.message })
        }
      })
    })
    if (failure !== undefined) {
      throw new Error(`${order}: ${failure}`)
    }
    return result as Orders[Name]["result"]
  }

  /** SIGSTOP: it does nothing until it is to continue, and its connections stay. */
  pause(): void {
    this.child.kill("SIGSTOP")
  }

  continue(): void {
    this.child.kill("SIGCONT")
  }

  /** SIGKILL, whatever it is at. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL")
    await this.ended
  }

  async end(): Promise<void> {
    if (this.child.connected) {
      this.child.disconnect()
    }
    await this.ended
  }
}
