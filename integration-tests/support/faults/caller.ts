import type { CachingPostgresOptions } from "../../../src"
import { resolveOptions } from "../../../src/options"
import { PostgresCachingProvider } from "../../../src/services"
import { TestLogger } from "../provider/test-logger"

/** For timers and garbage collection of a busy machine, on top of every limit. */
export const SLACK_MS = 500
/** Within this time of its return the database is used again. */
export const RECOVERY_MS = 2_000
/** Shorter than the defaults, so that a test that waits for each of them is soon done. */
export const LIMITS = { getMillis: 300, setMillis: 600, clearMillis: 600 }

const OFF = "[caching-postgres] the cache is off"
const ON_AGAIN = "[caching-postgres] the cache is on again after "

type Operation = "get" | "set" | "clear"
type Selection = { key?: string; tags?: string[] }

/** A shop's calls of the provider, each with the time it took; a rejection fails the test. */
export class Caller {
  readonly slowestMs: Record<Operation, number> = { get: 0, set: 0, clear: 0 }

  constructor(
    readonly provider: PostgresCachingProvider,
    readonly logger: TestLogger,
    private readonly limits = LIMITS
  ) {}

  static at(
    clientUrl: string,
    options: CachingPostgresOptions = {},
    limits = LIMITS
  ): Caller {
    const logger = new TestLogger()
    const provider = new PostgresCachingProvider({
      logger: logger.asMedusaLogger,
      cachingPostgresOptions: resolveOptions(
        { sweep: false, timeouts: limits, ...options },
        { database: { clientUrl } }
      ),
    })
    return new Caller(provider, logger, limits)
  }

  get(key: string): Promise<unknown> {
    return this.timed("get", () => this.provider.get({ key }))
  }

  getTagged(...tags: string[]): Promise<unknown> {
    return this.timed("get", () => this.provider.get({ tags }))
  }

  set(key: string, data: unknown, ...tags: string[]): Promise<void> {
    return this.timed("set", () => this.provider.set({ key, data, tags }))
  }

  clear(selection: Selection): Promise<void> {
    return this.timed("clear", () => this.provider.clear(selection))
  }

  /** So many gets, one after the other, as one request of a shop makes them. */
  async getOften(key: string, times: number): Promise<number> {
    const begun = performance.now()
    for (let time = 0; time < times; time++) {
      await this.get(key)
    }
    return performance.now() - begun
  }

  expectPrompt(): void {
    for (const [operation, limit] of [
      ["get", this.limits.getMillis],
      ["set", this.limits.setMillis],
      ["clear", this.limits.clearMillis],
    ] as const) {
      // An object, so that a failure says which operation it was.
      expect({
        operation,
        late: this.slowestMs[operation] > limit + SLACK_MS,
        ms: this.slowestMs[operation],
      }).toEqual(expect.objectContaining({ operation, late: false }))
    }
  }

  /** An outage whose reason changes has a line for each reason, so the last line tells. */
  get isOff(): boolean {
    const last = this.logger.lines.findLast(({ message }) =>
      [OFF, ON_AGAIN].some((beginning) => message.startsWith(beginning))
    )
    return last?.message.startsWith(OFF) ?? false
  }

  get offLines(): string[] {
    return this.messages("warn", OFF)
  }

  get onLines(): string[] {
    return this.messages("info", ON_AGAIN)
  }

  /** Warnings and errors that are not about an outage. */
  get otherComplaints(): string[] {
    return this.logger.complaints.filter(
      (line) =>
        !line.startsWith(OFF) &&
        !line.startsWith("[caching-postgres] the database cannot be written")
    )
  }

  /**
   * Sets and gets until the value comes back.
   *
   * @returns milliseconds
   */
  async untilServing(patienceMs = 10_000): Promise<number> {
    const begun = performance.now()
    for (let round = 0; ; round++) {
      const waited = performance.now() - begun
      await this.set("is it back?", round)
      if ((await this.get("is it back?")) === round) {
        return performance.now() - begun
      }
      if (waited > patienceMs) {
        throw new Error(
          `The cache does not serve after ${patienceMs} ms: ${this.log}`
        )
      }
      await pause(20)
    }
  }

  /** Gets, and so on until the cache is known to be off. */
  async untilOff(patienceMs = 5_000): Promise<void> {
    const begun = performance.now()
    while (!this.isOff) {
      await this.get("is it off?")
      if (performance.now() - begun > patienceMs) {
        throw new Error(
          `The cache is not off after ${patienceMs} ms: ${this.log}`
        )
      }
      await pause(5)
    }
  }

  async close(): Promise<void> {
    await this.provider.close()
  }

  private get log(): string {
    return JSON.stringify(this.logger.lines, undefined, 1)
  }

  private messages(level: string, beginning: string): string[] {
    return this.logger.lines
      .filter(
        (line) => line.level === level && line.message.startsWith(beginning)
      )
      .map(({ message }) => message)
  }

  private async timed<T>(
    operation: Operation,
    call: () => Promise<T>
  ): Promise<T> {
    const begun = performance.now()
    try {
      return await call()
    } finally {
      this.slowestMs[operation] = Math.max(
        this.slowestMs[operation],
        performance.now() - begun
      )
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
