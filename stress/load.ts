import { setTimeout as sleep } from "node:timers/promises"
import type { ICachingProviderService } from "@medusajs/framework/types"
import type { Random } from "../integration-tests/support/random"
import { inRequest } from "../integration-tests/support/request"
import type { Assignment, Tally, Versions } from "./messages"
import { Model } from "./model"
import { sharedKeys, type Source } from "./source"

interface Value {
  readonly key: string
  readonly version: number
  readonly text: string
}

/** A get that is under way, which several callers may wait for. */
interface Getting {
  readonly key: string
  readonly found: Promise<unknown>
  /** Below this version an answer is stale. */
  readonly allowed: number
}

const READERS = 4
const MAX_LOAD_MS = 20
const MAX_BETWEEN_READS_MS = 4
const MAX_BETWEEN_CHANGES_MS = 12
/** Of the reads; the share that is also held against what the other processes have cleared, which takes a query. */
const ASKING_OTHERS = 1 / 4
const AWAITED = 1 / 2

const OWNERS = 3
const KEYS_PER_OWNER = 40
const MAX_BETWEEN_OWN_CALLS_MS = 4
/** Of a hundred calls of an owner; the others are gets of its own keys. */
const [OWN_SETS, OWN_CLEARS, FOREIGN_GETS] = [15, 4, 20] as const
/** Like a product. */
const FILLER = "words in a value ".repeat(40)
const MAX_COMPLAINTS = 20

/**
 * What one process does to the cache, all at once:
 *
 * - Readers and a writer use the keys of all processes as a shop does: a miss is followed by a load and a set, a change
 *   by a clear.
 * - Owners set, get and clear keys that nobody else sets, so that they know exactly what they may get; and they get
 *   keys of another process, whose versions never go back.
 */
export class Load {
  readonly tally: Tally = {
    reads: 0,
    hits: 0,
    servedStale: 0,
    sets: 0,
    clears: 0,
    rejected: 0,
  }
  /** What has gone wrong, the first few of it. */
  readonly wrong: string[] = []
  private readonly model = new Model()
  /** Sets that nobody awaits. */
  private readonly setting = new Set<Promise<void>>()

  constructor(
    private readonly cache: ICachingProviderService,
    private readonly source: Source,
    private readonly random: Random,
    private readonly assignment: Assignment
  ) {}

  /** Resolves when nothing is under way any more. */
  async run(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    const repeat = async (work: () => Promise<void>, pauseMs: number) => {
      while (performance.now() < end) {
        await work()
        await this.pause(pauseMs)
      }
    }
    const loops = [repeat(() => this.write(), MAX_BETWEEN_CHANGES_MS)]
    for (let reader = 0; reader < READERS; reader++) {
      loops.push(repeat(() => this.read(), MAX_BETWEEN_READS_MS))
    }
    for (let owner = 0; owner < OWNERS; owner++) {
      loops.push(repeat(() => this.own(owner), MAX_BETWEEN_OWN_CALLS_MS))
    }
    await Promise.all(loops)
    await Promise.all(this.setting)
  }

  async look(): Promise<Versions> {
    const found = await Promise.all(
      sharedKeys.map((key) => this.cache.get({ key }) as Promise<Value | null>)
    )
    return Object.fromEntries(
      sharedKeys.map((key, index) => [key, found[index]?.version ?? null])
    )
  }

  /** In one of the ways in which gets and sets come from Medusa. */
  private async read(): Promise<void> {
    const key = this.random.pick(sharedKeys)
    const { boundMs } = this.assignment
    if (boundMs !== undefined && this.random.chance(ASKING_OTHERS)) {
      const cleared = await this.source.clearedVersion(key, boundMs)
      this.model.outdate(key, cleared)
    }
    const get = () => this.get(key)
    const callers = 1 + this.random.below(3)

    switch (this.random.below(4)) {
      case 0:
        // A job, in whose async context one read comes after the other.
        return this.use(get())
      case 1:
        return inRequest(() => this.use(get()))
      case 2:
        return inRequest(async () => {
          // The same query several times in one request: Medusa has one get for all.
          const getting = get()
          await this.forEach(callers, () => this.use(getting))
        })
      default: {
        // The same query in several requests at once.
        let getting: Getting | undefined
        await this.forEach(callers, () =>
          inRequest(() => this.use((getting ??= get())))
        )
      }
    }
  }

  private get(key: string): Getting {
    const allowed = this.model.oldestAllowed(key)
    return { key, found: this.cache.get({ key }), allowed }
  }

  /** @returns the answer, once it is judged */
  private async answer({ key, found, allowed }: Getting) {
    const value = (await found) as Value | null
    this.tally.reads++
    if (!value) {
      return undefined
    }
    this.tally.hits++
    const fault = this.model.judge(key, value, allowed)
    if (fault) {
      this.tally.servedStale++
      this.complain(fault)
    }
    return value
  }

  /** Takes the answer, or loads the value and has it set. */
  private async use(getting: Getting): Promise<void> {
    if (await this.answer(getting)) {
      return
    }
    const { key } = getting
    const version = await this.source.version(key)
    await this.pause(MAX_LOAD_MS)
    const set = this.set(key, version, ["rows"])
    if (this.random.chance(AWAITED)) {
      await set
    }
  }

  private set(
    key: string,
    version: number,
    tags: string[],
    ttl?: number
  ): Promise<void> {
    this.tally.sets++
    const data: Value = { key, version, text: FILLER }
    const set = this.cache.set({
      key,
      data,
      tags: [`row:${key}`, ...tags],
      ttl,
    })
    this.setting.add(set)
    // One that fails is met by its caller, or is an unhandled rejection.
    return set.finally(() => this.setting.delete(set))
  }

  private async write(): Promise<void> {
    const key = this.random.pick(sharedKeys)
    const version = await this.source.change(key)
    await inRequest(() => this.clear(key, "rows", 3, 20))
    this.model.outdate(key, version)
    if (this.assignment.boundMs !== undefined) {
      await this.source.noteCleared(key, version)
    }
  }

  /** By a tag of many keys, by the key, or by its tag, in so many of a hundred cases. */
  private async clear(key: string, all: string, byAll: number, byKey: number) {
    const chance = this.random.below(100)
    const options = { autoInvalidate: true }
    await this.cache.clear(
      chance < byAll
        ? { tags: [all, `row:${key}`], options }
        : chance < byKey
          ? { key }
          : { tags: [`row:${key}`], options }
    )
    this.tally.clears++
    return chance < byAll
  }

  private async own(owner: number): Promise<void> {
    const { number, processes } = this.assignment
    const own = this.random.below(KEYS_PER_OWNER)
    const keyIn = (process: number) => `own-${process}-${owner}-${own}`
    const key = keyIn(number)
    const kind = this.random.below(100)
    if (kind < OWN_SETS) {
      const version = this.model.beginSet(key)
      const ttl = version % 5 === 0 ? 1 : 60
      await this.set(key, version, [`own:${number}`], ttl)
      this.model.endSet(key)
    } else if (kind < OWN_SETS + OWN_CLEARS) {
      const [endOne, endAll] = [
        this.model.beginClear([key]),
        this.model.beginClear(),
      ]
      const isAll = await this.clear(key, `own:${number}`, 2, 50)
      return isAll ? endAll() : endOne()
    } else if (kind < OWN_SETS + OWN_CLEARS + FOREIGN_GETS) {
      const foreign = keyIn((number + 1) % processes)
      const value = await this.answer(this.get(foreign))
      if (value && foreign !== key) {
        this.model.outdate(foreign, value.version)
      }
    } else {
      await this.answer(this.get(key))
    }
  }

  private complain(fault: string): void {
    if (this.wrong.length < MAX_COMPLAINTS) {
      this.wrong.push(fault)
    }
  }

  private async forEach(count: number, work: () => Promise<void>) {
    await Promise.all(Array.from({ length: count }, work))
  }

  private pause(mostMs: number): Promise<void> {
    return sleep(this.random.below(mostMs * 10) / 10)
  }
}
