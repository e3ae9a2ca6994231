import { atMost, keepAliveFor, type Row } from "../connection"
import { canonicalName } from "../digests"
import type { Tagged } from "../operations/get-by-tags"
import {
  type ClearInput,
  type GetInput,
  readClear,
  readGet,
  readSet,
  type SetInput,
} from "../operations/input"
import { describe, type ResolvedOptions } from "../options"
import type { Misses, Read } from "../stale-fill"
import {
  type CacheStats,
  type CacheStatus,
  readStats,
  readStatus,
} from "../stats"
import type { SweepResult } from "../sweep/sweeper"
import { type Change, clearOf } from "../types"
import { compose, type Dependencies, type Parts } from "./compose"

/** How long close() waits for work in the background. */
const CLOSING_MS = 1_000

/** Caches in one database of PostgreSQL: does what the provider documents. */
export class Engine {
  readonly parts: Parts

  /** @param misses those of all engines of a process whose keys are the same */
  constructor(dependencies: Dependencies, misses?: Misses) {
    this.parts = compose(dependencies, misses)
  }

  /** @param noted the read, if it is noted in its caller's context already */
  async get(input: GetInput, noted?: Read): Promise<unknown> {
    const asked = readGet(input)
    if (!asked) {
      return null
    }
    if (asked.key === undefined) {
      const found = await this.getTagged(asked.tags)
      return found && found.map(({ value }) => value)
    }
    const { byKey, metrics, misses, near, readBreaker } = this.parts
    const begun = performance.now()
    try {
      const copy = readBreaker.isClosed
        ? near?.get(asked.key, begun)
        : undefined
      if (copy !== undefined) {
        metrics.gotNear(begun)
        noted?.hit()
        return copy
      }
      // Before anything is awaited, so that it is noted in the caller's async context.
      const read = noted ?? misses.read(canonicalName(asked.key))
      const value = await byKey.get(read)
      metrics.got(value !== null, begun)
      return value
    } catch (error) {
      return this.missed(error, begun)
    }
  }

  /** @returns each live entry that has any of the tags, oldest first; `null` when that is not known */
  async getTagged(tags: readonly string[]): Promise<Tagged[] | null> {
    const { byTags, metrics } = this.parts
    const begun = performance.now()
    try {
      const found = await byTags.get(tags)
      metrics.got(found !== null && found.length > 0, begun)
      return found
    } catch (error) {
      return this.missed(error, begun)
    }
  }

  /** What the server says of the list that it belongs to. */
  async readServer(): Promise<Row | undefined> {
    const { namespace, pool, readBreaker, statements } = this.parts
    if (!readBreaker.isClosed) {
      throw new Error("the cache is off")
    }
    try {
      return (await pool.read(statements.readServer, [namespace]))[0]
    } catch (error) {
      void readBreaker.failed("the list of servers could not be read", error)
      throw error
    }
  }

  /** Empties the near cache. */
  forgetCopies(): void {
    this.parts.near?.empty()
  }

  set(input: SetInput): Promise<void> {
    return this.logUnhandled("set", async () => {
      const { metrics, readBreaker, writes } = this.parts
      const change = this.changeOf(input)
      const begun = performance.now()
      try {
        await writes.write(change)
      } catch (error) {
        void readBreaker.failed("a set failed; the value is not cached", error)
        metrics.failed("set", error)
      }
      metrics.set(change.kind === "set" ? change.entry.data.length : 0, begun)
    })
  }

  clear(input: ClearInput): Promise<void> {
    return this.logUnhandled("clear", async () => {
      const clear = readClear(input)
      if (clear) {
        const { metrics, misses, writes } = this.parts
        misses.cleared(clear.everything)
        const begun = performance.now()
        await writes.write({ kind: "clear", clear })
        metrics.cleared(begun)
      }
    })
  }

  sweep(): Promise<SweepResult | undefined> {
    return keepAliveFor(this.parts.sweeper.sweep())
  }

  stats(): Promise<CacheStats> {
    const { reports } = this.parts
    return keepAliveFor(reports.report().then(() => readStats(this.parts)))
  }

  status(): CacheStatus {
    return readStatus(this.parts)
  }

  get options(): ResolvedOptions {
    return this.parts.options
  }

  async idle(): Promise<void> {
    const { orphans, evictor, largeClears } = this.parts
    await Promise.all([orphans.idle(), evictor.idle(), largeClears.idle()])
  }

  async close(): Promise<void> {
    const { parts } = this
    parts.sweeper.stop()
    parts.reports.stop()
    parts.readBreaker.stop()
    parts.near?.close()
    parts.leases?.close()
    const idle = Promise.all([parts.writes.idle(), this.idle()])
    const ending = idle.then(() => parts.reports.report())
    await atMost(CLOSING_MS, ending)
    parts.writes.stop()
    await parts.pool.close()
    parts.misses.close()
    parts.metrics.stopObserving()
    parts.log.flush()
  }

  private missed(error: unknown, begun: number): null {
    const { metrics, readBreaker } = this.parts
    // The shop can always ask its own tables.
    metrics.failed("get", error)
    void readBreaker.failed("a get failed and counts as a miss", error)
    metrics.got(false, begun)
    return null
  }

  /** @returns the clear of the key for a value that is not to be stored: the stored value is outdated in any case */
  private changeOf(input: SetInput): Change {
    const { leases, misses, options } = this.parts
    const { key, ...entry } = readSet(input, options.ttl)
    if (entry.ttl < 0 || this.isTooLarge(key, entry.data)) {
      leases?.end(entry.name, "unfilled")
      return { kind: "clear", clear: clearOf(entry.name) }
    }
    const readVersion = misses.followedBy(entry.name)
    return { kind: "set", entry: { ...entry, readVersion } }
  }

  private isTooLarge(key: string, data: string): boolean {
    const { maxEntryBytes } = this.parts.options
    // A character takes one to three bytes, and counting them takes time.
    const bytes =
      data.length * 3 > maxEntryBytes ? Buffer.byteLength(data) : data.length
    if (bytes <= maxEntryBytes) {
      return false
    }
    this.parts.log.warn(
      "a value is too large to be cached",
      `key ${describe(key)} has ${bytes} bytes, option "maxEntryBytes" allows ${maxEntryBytes}`
    )
    return true
  }

  /**
   * Medusa up to 2.19 does not await `set` and `clear`, where an unhandled rejection would end the shop. The caller
   * gets the promise with its rejection; here it is handled and logged.
   */
  private logUnhandled(
    operation: string,
    run: () => Promise<void>
  ): Promise<void> {
    const promise = run()
    promise.catch((error: unknown) =>
      this.parts.log.warn(`${operation} failed`, error)
    )
    return promise
  }
}
