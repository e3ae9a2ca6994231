import type { ICachingProviderService } from "@medusajs/framework/types"
import { atMost, keepAliveFor } from "../connection"
import { canonicalName } from "../digests"
import {
  type ClearInput,
  type GetInput,
  readClear,
  readGet,
  readSet,
  type SetInput,
} from "../operations/input"
import { describe, type ResolvedOptions } from "../options"
import {
  type CacheStats,
  type CacheStatus,
  readStats,
  readStatus,
} from "../stats"
import type { SweepResult } from "../sweep/sweeper"
import { type Change, clearOf } from "../types"
import { compose, type Dependencies, type Parts } from "./compose"

/** Work in the background may take so long when the provider is closed. */
const CLOSING_MS = 1_000

/** Caches in PostgreSQL, as the Caching Module's documentation of providers asks. */
export class PostgresCachingProvider implements ICachingProviderService {
  static readonly identifier = "caching-postgres"

  private readonly parts: Parts

  constructor(dependencies: Dependencies) {
    this.parts = compose(dependencies)
  }

  /**
   * Reads the entry of `key`, or, without a key, every live entry that has any of `tags`.
   *
   * @returns the value or `null`; by tags an array, empty when none matches; `null` when neither key nor tags are given
   */
  async get(input: GetInput): Promise<unknown> {
    const asked = readGet(input)
    if (!asked) {
      return null
    }
    const { byKey, byTags, metrics, misses, near, reads } = this.parts
    const begun = performance.now()
    try {
      if (asked.key === undefined) {
        const found = await byTags.get(asked.tags)
        metrics.got(found !== null && found.length > 0, begun)
        return found
      }
      const copy = reads.isClosed ? near?.get(asked.key, begun) : undefined
      if (copy !== undefined) {
        metrics.gotNear(begun)
        return copy
      }
      // Before anything is awaited, so that it is noted in the caller's async context.
      const read = misses.read(canonicalName(asked.key))
      const value = await byKey.get(read)
      metrics.got(value !== null, begun)
      return value
    } catch (error) {
      // The shop can always ask its own tables.
      metrics.failed("get", error)
      void reads.failed("a get failed and counts as a miss", error)
      metrics.got(false, begun)
      return null
    }
  }

  /**
   * Stores `data` under `key`, replacing value, expiry, tags and options of what was there.
   *
   * @param input.ttl seconds; 0 and Infinity: it never expires; negative: the entry is gone; none: the option `ttl`
   * @throws {MedusaError} on input that cannot be stored; what was there stays
   */
  set(input: SetInput): Promise<void> {
    return this.logUnhandled("set", async () => {
      const { metrics, reads, writes } = this.parts
      const change = this.changeOf(input)
      const begun = performance.now()
      try {
        await writes.write(change)
      } catch (error) {
        void reads.failed("a set failed; the value is not cached", error)
        metrics.failed("set", error)
      }
      metrics.set(change.kind === "set" ? change.entry.data.length : 0, begun)
    })
  }

  /**
   * Removes the entry of `key`, or, without a key, every entry that has any of `tags`; `"*"` among the tags removes
   * everything in the namespace. With `options.autoInvalidate: true` entries that were set with `autoInvalidate: false`
   * stay; with other options nothing is removed.
   *
   * Where the database does not answer in time, it resolves all the same: the removal is carried out as soon as it can
   * be, and until then this process serves nothing that it concerns.
   *
   * @throws {MedusaError} on input that is not what it should be
   */
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

  /**
   * Removes expired entries, and the oldest beyond the limits of size, now, whatever the schedule.
   *
   * @returns what was removed; nothing when it failed, which is logged
   */
  sweep(): Promise<SweepResult | undefined> {
    return keepAliveFor(this.parts.sweeper.sweep())
  }

  /**
   * What the namespace holds and how the cache is doing. What this process has counted so far is reported first.
   *
   * @throws when the database cannot be asked
   */
  stats(): Promise<CacheStats> {
    const { reports } = this.parts
    return keepAliveFor(reports.report().then(() => readStats(this.parts)))
  }

  /** Whether the cache is on, since when, and if not why. Asks nothing of the database. */
  status(): CacheStatus {
    return readStatus(this.parts)
  }

  /** As validated, with every default; the database's URL may hold a password. */
  get options(): ResolvedOptions {
    return this.parts.options
  }

  /** Resolves when no work goes on in the background. */
  async idle(): Promise<void> {
    const { orphans, evictor, largeClears } = this.parts
    await Promise.all([orphans.idle(), evictor.idle(), largeClears.idle()])
  }

  /** Ends the sweep and the connections, within some two seconds. Medusa itself never stops a provider. */
  async close(): Promise<void> {
    const { parts } = this
    parts.sweeper.stop()
    parts.reports.stop()
    parts.reads.stop()
    parts.writes.breaker.stop()
    parts.near?.close()
    parts.leases?.close()
    const ending = this.idle().then(() => parts.reports.report())
    await atMost(CLOSING_MS, ending)
    await parts.pool.close()
    parts.misses.close()
    parts.metrics.stopObserving()
    parts.log.flush()
  }

  /** @returns the clear of the key for a value that is not to be stored: what the entry holds is outdated either way */
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
