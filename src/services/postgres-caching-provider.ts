import type { ICachingProviderService, Logger } from "@medusajs/framework/types"
import { CachePool } from "../connection"
import { canonicalName } from "../encoding/canonical-name"
import { Digester } from "../encoding/digest"
import type { Context } from "../operations/context"
import { GetByKey } from "../operations/get-by-key"
import { getByTags } from "../operations/get-by-tags"
import {
  invalidInput,
  readData,
  readKey,
  readOptions,
  readTags,
  readTtl,
} from "../operations/input"
import { Tidier } from "../operations/tidy"
import { type Change, Writer } from "../operations/write"
import type { ResolvedOptions } from "../options"
import { statementsFor } from "../sql"
import { Sweeper } from "../sweep/sweeper"

type GetInput = Parameters<ICachingProviderService["get"]>[0]
/** Wider than Medusa's type, which asks for an object: whatever JSON can express is stored. */
type SetInput = Omit<
  Parameters<ICachingProviderService["set"]>[0],
  "data" | "ttl"
> & { data: unknown; ttl?: number | string | null }
type ClearInput = Parameters<ICachingProviderService["clear"]>[0]

/** What the provider's container holds: the logger is Medusa's, the options the loader's. */
export interface Dependencies {
  logger: Logger
  cachingPostgresOptions: ResolvedOptions
}

/** The tag that stands for the whole namespace. */
const EVERYTHING = "*"

/** Caches in PostgreSQL, as the Caching Module's documentation of providers asks. */
export class PostgresCachingProvider implements ICachingProviderService {
  static readonly identifier = "caching-postgres"

  private readonly options: ResolvedOptions
  private readonly logger: Logger
  private readonly context: Context
  private readonly byKey: GetByKey
  private readonly tidier: Tidier
  private readonly writer: Writer
  private readonly sweeper: Sweeper

  constructor({ logger, cachingPostgresOptions: options }: Dependencies) {
    this.options = options
    this.logger = logger
    this.context = {
      namespace: options.namespace,
      pool: new CachePool(options, logger),
      statements: statementsFor(options.database.schema),
      digests: new Digester(options.namespace),
    }
    this.byKey = new GetByKey(this.context)
    this.tidier = new Tidier(this.context, this.warn)
    this.writer = new Writer(this.context, this.tidier)
    this.sweeper = new Sweeper(this.context, options, this.tidier, logger)
    this.sweeper.start()
  }

  /**
   * Reads the entry of `key`, or, without a key, every live entry that has any of `tags`.
   *
   * @returns the value or `null`; by tags an array, empty when none matches; `null` when neither
   *   key nor tags are given
   */
  async get(input: GetInput): Promise<unknown> {
    const key = readKey("get", input.key)
    const tags = key === undefined ? readTags("get", input.tags) : []
    try {
      if (key !== undefined) {
        return await this.byKey.get(key)
      }
      return tags.length > 0 ? await getByTags(this.context, tags) : null
    } catch (error) {
      // The shop can always ask its own tables: a cache that cannot answer is a miss.
      this.warn("a get failed and counts as a miss", error)
      return null
    }
  }

  /**
   * Stores `data` under `key`, replacing value, expiry, tags and options of what was there.
   *
   * @param input.ttl seconds; 0 and Infinity: for ever; negative: the entry is gone; none: the
   *   option `ttl`
   * @throws {MedusaError} on input that cannot be stored; what was there stays
   */
  set(input: SetInput): Promise<void> {
    return this.observed("set", async () => {
      const change = this.readSet(input)
      try {
        await this.writer.write(change)
      } catch (error) {
        this.warn("a set failed; the value is not cached", error)
      }
    })
  }

  /**
   * Removes the entry of `key`, or, without a key, every entry that has any of `tags`; `"*"` among
   * the tags removes everything in the namespace. With `options.autoInvalidate: true` entries that
   * were set with `autoInvalidate: false` stay; with other options nothing is removed.
   *
   * @throws when the entries could not be removed
   */
  clear(input: ClearInput): Promise<void> {
    return this.observed("clear", async () => {
      const change = readClear(input)
      if (change) {
        await this.writer.write(change)
      }
    })
  }

  /** Removes expired entries now, whatever the schedule. */
  async sweep(): Promise<void> {
    await this.sweeper.sweep()
  }

  /** Resolves when no work goes on behind the callers' backs. */
  async idle(): Promise<void> {
    await this.tidier.idle()
  }

  /** Ends the sweep and the connections. Medusa itself never stops a provider. */
  async close(): Promise<void> {
    this.sweeper.stop()
    await this.idle()
    await this.context.pool.close()
  }

  private readSet(input: SetInput): Change {
    const key = readKey("set", input.key)
    if (key === undefined) {
      throw invalidInput(`set: "key" must be a string that is not empty`)
    }
    const ttl = readTtl(key, input.ttl, this.options.ttl)
    const tags = readTags("set", input.tags)
    const options = readOptions("set", input.options)
    const data = readData(key, input.data)
    const name = canonicalName(key)
    if (ttl < 0) {
      return { kind: "clear-key", name, automatic: false }
    }
    const autoInvalidate = options?.autoInvalidate ?? true
    return { kind: "set", entry: { name, data, tags, ttl, autoInvalidate } }
  }

  /**
   * Medusa up to 2.11 calls `set` and `clear` without awaiting or catching them, where a rejection
   * would end the shop. The caller gets the promise with its rejection; an unobserved one is logged.
   */
  private observed(operation: string, run: () => Promise<void>): Promise<void> {
    const promise = run()
    promise.catch((error: unknown) => this.warn(`${operation} failed`, error))
    return promise
  }

  private readonly warn = (what: string, error: unknown): void => {
    this.logger.warn(
      `[caching-postgres] ${what}: ${error instanceof Error ? error.message : String(error)}`
    )
  }
}

/** @returns `undefined` when there is nothing to remove */
function readClear(input: ClearInput): Change | undefined {
  const key = readKey("clear", input.key)
  const tags = key === undefined ? readTags("clear", input.tags) : []
  const options = readOptions("clear", input.options)

  if (tags.includes(EVERYTHING)) {
    return { kind: "clear-all" }
  }
  const automatic = options !== undefined
  if (automatic && options.autoInvalidate !== true) {
    return undefined
  }
  if (key !== undefined) {
    return { kind: "clear-key", name: canonicalName(key), automatic }
  }
  return tags.length > 0 ? { kind: "clear-tags", tags, automatic } : undefined
}
