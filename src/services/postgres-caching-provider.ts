import type { ICachingProviderService } from "@medusajs/framework/types"
import { type Dependencies, Engine, separateCalls } from "../engine"
import type { ClearInput, GetInput, SetInput } from "../operations/input"
import type { ResolvedOptions } from "../options"
import { Router } from "../servers"
import type { CacheStats, CacheStatus } from "../stats"
import type { SweepResult } from "../sweep/sweeper"

/** Caches in PostgreSQL, as the Caching Module's documentation of providers asks. */
export class PostgresCachingProvider implements ICachingProviderService {
  static readonly identifier = "caching-postgres"

  private readonly engine: Engine | Router
  private mustSeparateCalls: boolean

  constructor(dependencies: Dependencies) {
    const { servers, lease } = dependencies.cachingPostgresOptions
    this.mustSeparateCalls = lease !== false
    this.engine =
      servers.length > 0 ? new Router(dependencies) : new Engine(dependencies)
  }

  /**
   * Reads the entry of `key`, or, without a key, every live entry that has any of `tags`.
   *
   * @returns the value or `null`; by tags an array, empty when none matches; `null` when neither key nor tags are given
   */
  get(input: GetInput): Promise<unknown> {
    if (this.mustSeparateCalls) {
      // Medusa has loaded the Caching Module by now.
      this.mustSeparateCalls = false
      separateCalls()
    }
    return this.engine.get(input)
  }

  /**
   * Stores `data` under `key`, replacing value, expiry, tags and options of what was there.
   *
   * @param input.ttl seconds; 0 and Infinity: it never expires; negative: the entry is gone; none: the option `ttl`
   * @throws {MedusaError} on input that cannot be stored; what was there stays
   */
  set(input: SetInput): Promise<void> {
    return this.engine.set(input)
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
    return this.engine.clear(input)
  }

  /**
   * Removes expired entries, and the oldest beyond the limits of size, now, whatever the schedule.
   *
   * @returns what was removed; nothing when it failed, which is logged
   */
  sweep(): Promise<SweepResult | undefined> {
    return this.engine.sweep()
  }

  /**
   * What the namespace holds and how the cache is doing. What this process has counted so far is reported first.
   *
   * @throws when the database cannot be asked
   */
  stats(): Promise<CacheStats> {
    return this.engine.stats()
  }

  /** Whether the cache is on, since when, and if not why. Asks nothing of the database. */
  status(): CacheStatus {
    return this.engine.status()
  }

  /** As validated, with every default; the database's URL may hold a password. */
  get options(): ResolvedOptions {
    return this.engine.options
  }

  /** Resolves when no work goes on in the background. */
  idle(): Promise<void> {
    return this.engine.idle()
  }

  /** Ends the sweep and the connections, within some two seconds. Medusa itself never stops a provider. */
  close(): Promise<void> {
    return this.engine.close()
  }
}
