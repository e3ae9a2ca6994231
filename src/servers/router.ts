import { setTimeout as sleep } from "node:timers/promises"
import { canonicalName } from "../digests"
import { atMost } from "../connection"
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
import {
  askAll,
  type Changed,
  changeList,
  type ServerReply,
  waitForSameChange,
} from "./change"
import { ServerList } from "./list"
import { mergeStats } from "./merge-stats"

/** How long a clear waits at most until servers that this process does not know are taken out of use. */
const MAX_SHRINKING_MS = 30_000
const SHRINKING_PAUSE_MS = 500

/**
 * Caches on several servers, each of which holds the keys that it wins, with their tags and records. What is about one
 * key goes to one server; what is about tags goes to all. Each has its own connections, circuit breakers, near cache and
 * sweep, and knows of no other.
 */
export class Router {
  private readonly engines: readonly Engine[]
  private readonly list: ServerList
  private readonly log: Log
  /** Of all servers: a version of one is never valid at another, so a fill cannot follow a key that moves. */
  private readonly misses = new Misses()
  private shrinking?: Promise<void>
  private noteClosed!: () => void
  private readonly closed = new Promise<void>(
    (resolve) => (this.noteClosed = resolve)
  )

  constructor(private readonly deps: Dependencies) {
    const { logger, cachingPostgresOptions } = deps
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

  /** Without a server that holds the key for certain, nothing is stored, and the servers known here keep no older value. */
  set(input: SetInput): Promise<void> {
    return this.whenReady(() => {
      const key: unknown = input?.key
      if (typeof key !== "string" || key === "") {
        // It rejects with the right message.
        return this.engines[0]!.set(input)
      }
      const name = canonicalName(key)
      const engine = this.list.ownerOf(name)
      return engine ? engine.set(input) : this.drop(input, name)
    })
  }

  clear(input: ClearInput): Promise<void> {
    return this.whenReady(async () => {
      await Promise.all([this.clearKnown(input), this.whenAllAreKnown()])
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
        const name = this.engines[index]!.options.server!
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
    return this.deps.cachingPostgresOptions
  }

  async idle(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.idle()))
  }

  async close(): Promise<void> {
    this.list.stop()
    this.noteClosed()
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
    const noted = read ?? misses.read(name)
    const value = await engine.get(input, noted)
    if (list.isStillCertain(engine, generation)) {
      return value
    }
    // This process was paused, and its caller takes a value that was found for a miss.
    misses.missed(noted, BEFORE_ALL)
    return null
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

  /** Clears on the servers that this process knows. */
  private async clearKnown(input: ClearInput): Promise<void> {
    const key: unknown = input?.key
    const name = typeof key === "string" && key ? canonicalName(key) : undefined
    const targets = this.list.targets(name)
    await Promise.all(targets.map((engine) => engine.clear(input)))
  }

  private async drop(input: SetInput, name: string): Promise<void> {
    try {
      readSet(input, this.deps.cachingPostgresOptions.ttl)
    } catch (error) {
      this.log.warn("set failed", error)
      throw error
    }
    this.misses.followedBy(name)
    // What it would have replaced is outdated.
    await this.clearKnown({ key: input.key })
  }

  /**
   * Returns when no server of the list is unknown to this process, or after a limited time. Other processes go on using
   * a server that this one cannot clear, until it is out of use.
   */
  private async whenAllAreKnown(): Promise<void> {
    const { list } = this
    if (list.unknown.length === 0) {
      return
    }
    const known = Promise.race([this.shrink(), this.closed])
    await atMost(MAX_SHRINKING_MS, known)
    if (list.unknown.length > 0 && !list.isStopped) {
      this.log.warn(
        `the servers ${list.unknown.join(", ")} are still in use, and this process cannot clear them: other processes may serve outdated values`
      )
    }
  }

  /**
   * The list names servers that this process does not know, so it cannot clear there. It takes them out of use: other
   * processes can do without them, and serve nothing old. It tries until that is done, unless it knows none of the list.
   */
  private shrink(): Promise<void> {
    this.shrinking ??= this.takeUnknownOutOfUse().finally(
      () => (this.shrinking = undefined)
    )
    return this.shrinking
  }

  private async takeUnknownOutOfUse(): Promise<void> {
    const { list } = this
    while (list.unknown.length > 0 && !list.isStopped) {
      const { unknown } = list
      const names = list.state!.names.filter((name) => !unknown.includes(name))
      if (names.length === 0) {
        return
      }
      try {
        await waitForSameChange(this.engines, names)
        await changeList(this.engines, names, unknown)
      } catch (error) {
        this.log.warn(
          `the servers ${unknown.join(", ")} could not be taken out of use: ${messageOf(error)}`
        )
      }
      await list.refresh()
      if (list.unknown.length > 0) {
        await sleep(SHRINKING_PAUSE_MS, undefined, { ref: false })
      }
    }
  }

  private whenReady(run: () => Promise<void>): Promise<void> {
    const { list } = this
    const promise = list.isReady ? run() : list.start().then(run)
    // Medusa up to 2.19 does not await what it calls. The rejection is logged where it arises.
    promise.catch(() => {})
    return promise
  }
}
