import type { CachingPostgresOptions } from "../../../src"
import type { TimeoutOptions } from "../../../src/options/types"
import type { PostgresCachingProvider } from "../../../src/services"
import { testProvider } from "../provider/test-cache"
import { TestLogger } from "../provider/test-logger"
import { waitFor } from "../wait"

export { setTimeout as pause } from "node:timers/promises"

/** Shorter than the defaults, so that a test that waits for each of them is soon done. */
export const LIMITS = { getMillis: 300, writeMillis: 600 }

const OFF = "[caching-postgres] the cache is off"
const ON_AGAIN = "[caching-postgres] the cache is on again after "
const AT_ONCE = 50

/** A shop's calls of the provider; a rejection fails the test. */
export class Caller {
  constructor(
    readonly provider: PostgresCachingProvider,
    readonly logger: TestLogger
  ) {}

  static at(
    clientUrl: string,
    options: CachingPostgresOptions = {},
    timeouts: TimeoutOptions = LIMITS
  ): Caller {
    const logger = new TestLogger()
    return new Caller(
      testProvider(clientUrl, { timeouts, ...options }, logger),
      logger
    )
  }

  get(key: string): Promise<unknown> {
    return this.provider.get({ key })
  }

  getTagged(...tags: string[]): Promise<unknown> {
    return this.provider.get({ tags })
  }

  set(key: string, data: unknown, ...tags: string[]): Promise<void> {
    return this.provider.set({ key, data, tags })
  }

  clear(selection: { key?: string; tags?: string[] }): Promise<void> {
    return this.provider.clear(selection)
  }

  /** Gets are misses that wait for nothing: neither for the database nor for a timeout. */
  async expectMissesAtOnce(key: string): Promise<void> {
    for (let time = 0; time < AT_ONCE; time++) {
      let found: unknown = "no answer"
      void this.get(key).then((value) => (found = value))
      // The next turn of the event loop comes before any timer and any answer of the database.
      await new Promise((resolve) => setImmediate(resolve))
      expect(found).toBeNull()
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

  /** Sets and gets until the value comes back. */
  async untilServing(): Promise<void> {
    let round = 0
    await this.until("the cache to serve", async () => {
      await this.set("is it back?", ++round)
      return (await this.get("is it back?")) === round
    })
  }

  /** Gets until the cache is known to be off. */
  async untilOff(): Promise<void> {
    await this.until("the cache to be off", async () => {
      await this.get("is it off?")
      return this.isOff
    })
  }

  async close(): Promise<void> {
    await this.provider.close()
  }

  private until(what: string, isTrue: () => Promise<boolean>): Promise<true> {
    return waitFor(what, async () => (await isTrue()) || undefined, {
      describe: () => JSON.stringify(this.logger.lines, undefined, 1),
    })
  }

  private messages(level: string, beginning: string): string[] {
    return this.logger.lines
      .filter(
        (line) => line.level === level && line.message.startsWith(beginning)
      )
      .map(({ message }) => message)
  }
}
