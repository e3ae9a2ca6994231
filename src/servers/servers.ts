import { canonicalName } from "../digests"
import { type Dependencies, Engine } from "../engine"
import { Log, messageOf } from "../log"
import {
  type ClearInput,
  type GetInput,
  readGet,
  readSet,
  type SetInput,
} from "../operations/input"
import { optionsByServer, type ResolvedOptions } from "../options"
import { BEFORE_ALL, Misses, type Read } from "../stale-fill"
import type { CacheStats, CacheStatus } from "../stats"
import type { SweepResult } from "../sweep/sweeper"
import { askAll, type Changed, changeList, type ServerReply } from "./change"
import { ServerList } from "./list"
import { mergeStats } from "./merge-stats"

/**
 * Caches on several servers, each of which holds the keys that it wins, with their tags and records. What is about one
 * key goes to one server; what is about tags goes to all. Each has its own connections, circuit breakers, near cache and
 * sweep, and knows of no other.
 */
export class Servers {
  private readonly engines: readonly Engine[]
  private readonly list: ServerList
  private readonly log: Log
  /** Of all servers: a version of one is never valid at another, so a fill cannot follow a key that moves. */
  private readonly misses = new Misses()
  private shrinking?: Promise<unknown>

  constructor(private readonly on: Dependencies) {
    const { logger, cachingPostgresOptions } = on
    this.log = new Log(logger)
    this.engines = optionsByServer(cachingPostgresOptions).map(
      (options) =>
        new Engine({ logger, cachingPostgresOptions: options }, this.misses)
    )
    const onUnknown = () => void this.shrink()
    this.list = new ServerList(this.engines, this.log, onUnknown)
  }

  async get(input: GetInput): Promise<unknown> {
    const asked = readGet(input)
    if (!asked) {
      return null
    }
    const { list, misses } = this
    if (asked.key === undefined) {
      if (!list.isReady) {
        await list.start()
      }
      return this.getByTags(asked.tags)
    }
    const name = canonicalName(asked.key)
    if (list.isReady) {
      return this.getByKey(input, name)
    }
    // Before anything is awaited, so that it is noted in the caller's async context.
    const read = misses.read(name)
    await list.start()
    return this.getByKey(input, name, read)
  }

  /** Without a server that holds the key for certain, nothing is stored; an older value does not stay. */
  set(input: SetInput): Promise<void> {
    return this.whenReady(() => {
      const key: unknown = input?.key
      if (typeof key !== "string" || key === "") {
        // It says what is wrong.
        return this.engines[0]!.set(input)
      }
      const name = canonicalName(key)
      const engine = this.list.ownerOf(name)
      return engine ? engine.set(input) : this.drop(input, name)
    })
  }

  clear(input: ClearInput): Promise<void> {
    return this.whenReady(() => {
      const key: unknown = input?.key
      const name = typeof key === "string" && key ? canonicalName(key) : null
      const clearNow = async () => {
        const targets = this.list.targets(name ?? undefined)
        await Promise.all(targets.map((engine) => engine.clear(input)))
      }
      // Other processes go on using a server that this one cannot clear, until it is out of use.
      return this.list.unknown.length > 0
        ? this.shrink().then(clearNow)
        : clearNow()
    })
  }

  async sweep(): Promise<SweepResult | undefined> {
    const swept = await Promise.all(
      this.engines.map((engine) => engine.sweep())
    )
    const all = swept.flatMap((one) => one ?? [])
    return all.reduce<SweepResult | undefined>(
      (sum, one) => ({
        elected: one.elected || (sum?.elected ?? false),
        expired: one.expired + (sum?.expired ?? 0),
        evicted: one.evicted + (sum?.evicted ?? 0),
      }),
      undefined
    )
  }

  /** @throws when no server can be asked; of others that cannot, it says so */
  async stats(): Promise<CacheStats> {
    const answers = await Promise.allSettled(
      this.engines.map((engine) => engine.stats())
    )
    return mergeStats(
      answers.map((answer, index) => {
        const name = this.engines[index]!.parts.options.server!
        return answer.status === "fulfilled"
          ? { name, stats: answer.value }
          : { name, error: answer.reason as Error }
      })
    )
  }

  /** The list as each server has it. */
  ask(): Promise<ServerReply[]> {
    return askAll(this.engines)
  }

  /**
   * Has these servers hold the keys, and no others.
   *
   * @param gone servers of the present list that are gone for good
   */
  use(names: readonly string[], gone?: readonly string[]): Promise<Changed> {
    return changeList(this.engines, names, gone)
  }

  /** Of the server that is worst off. */
  status(): CacheStatus {
    const all = this.engines.map((engine) => engine.status())
    const worst = ["off", "reads only", "on"].flatMap((state) =>
      all.filter((status) => status.state === state)
    )[0]!
    const pendingClears = all.reduce((sum, one) => sum + one.pendingClears, 0)
    return { ...worst, pendingClears }
  }

  get options(): ResolvedOptions {
    return this.on.cachingPostgresOptions
  }

  async idle(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.idle()))
  }

  async close(): Promise<void> {
    this.list.stop()
    await Promise.all(this.engines.map((engine) => engine.close()))
    this.log.flush()
  }

  private async getByKey(
    input: GetInput,
    name: string,
    read?: Read
  ): Promise<unknown> {
    const { list, misses } = this
    const engine = list.ownerOf(name)
    if (!engine) {
      misses.missed(read ?? misses.read(name), BEFORE_ALL)
      const { metrics } = (list.holderOf(name) ?? this.engines[0]!).parts
      metrics.got(false, performance.now())
      return null
    }
    const { generation } = list.state!
    const value = await engine.get(input, read)
    // This process may have been paused.
    return list.isStillCertain(engine, generation) ? value : null
  }

  /** @returns `null` if not every server answers: a part would pass for the whole */
  private async getByTags(tags: readonly string[]): Promise<unknown[] | null> {
    const { list } = this
    const members = list.certainMembers
    if (!members) {
      return null
    }
    const { generation } = list.state!
    const found = await Promise.all(
      members.map(async (engine) => {
        const entries = await engine.getTagged(tags)
        return list.isStillCertain(engine, generation)
          ? entries?.filter(({ name }) => list.holderOf(name) === engine)
          : null
      })
    )
    const all = found.flatMap((entries) => entries ?? [])
    return found.every((entries) => entries)
      ? all
          .sort((one, other) => one.setAt - other.setAt)
          .map(({ value }) => value)
      : null
  }

  private async drop(input: SetInput, name: string): Promise<void> {
    try {
      readSet(input, this.on.cachingPostgresOptions.ttl)
    } catch (error) {
      this.log.warn("set failed", error)
      throw error
    }
    this.misses.followedBy(name)
    // What it would have replaced is outdated.
    await this.clear({ key: input.key })
  }

  /**
   * The list names servers that this process does not know, so it cannot clear there. It takes them out of use: other
   * processes can do without them, and serve nothing old.
   */
  private shrink(): Promise<unknown> {
    const { list } = this
    const { state, unknown } = list
    const names = state?.names.filter((name) => !unknown.includes(name)) ?? []
    if (unknown.length === 0 || names.length === 0) {
      return Promise.resolve()
    }
    this.shrinking ??= changeList(this.engines, names, unknown)
      .catch((error: unknown) =>
        this.log.warn(
          `the servers ${unknown.join(", ")} could not be taken out of use: ${messageOf(error)}`
        )
      )
      .finally(() => (this.shrinking = undefined))
    return this.shrinking
  }

  private whenReady(run: () => Promise<void>): Promise<void> {
    const { list } = this
    const promise = list.isReady ? run() : list.start().then(run)
    // Medusa up to 2.19 does not await what it calls. The rejection is logged where it arises.
    promise.catch(() => {})
    return promise
  }
}
