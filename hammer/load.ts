import { setTimeout as sleep } from "node:timers/promises"
import type { ICachingProviderService } from "@medusajs/framework/types"
import type { Random } from "../benchmark/trace/random"
import type { Tally, Versions } from "./messages"
import { inRequest } from "./request"
import { keys, type Source } from "./source"

interface Value {
  readonly version: number
  readonly text: string
}

/** A get that is under way, which several callers may wait for. */
interface Getting {
  readonly key: string
  readonly found: Promise<unknown>
  /** Below this version an answer is stale. */
  readonly cleared: number
}

const READERS = 4
const LONGEST_LOAD_MS = 20
const MOST_BETWEEN_READS_MS = 4
const MOST_BETWEEN_CHANGES_MS = 12
/** Of the reads; the share that is also held against what the other processes have cleared, which takes a query. */
const ASKING_OTHERS = 1 / 4
const AWAITED = 1 / 2
/** Like a product with some of its fields. */
const FILLER = "words in a value ".repeat(20)

/** What one process does to the cache: some readers and a writer at once, on the keys of all processes. */
export class Load {
  readonly tally: Tally = {
    reads: 0,
    hits: 0,
    servedStale: 0,
    sets: 0,
    clears: 0,
    refused: 0,
  }
  /** Sets that nobody awaits. */
  private readonly setting = new Set<Promise<void>>()
  /** Versions by key that this process has cleared. */
  private readonly cleared = new Map<string, number>()

  constructor(
    private readonly cache: ICachingProviderService,
    private readonly source: Source,
    private readonly random: Random,
    private readonly boundMs: number
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
    const readers = Array.from({ length: READERS }, () =>
      repeat(() => this.read(), MOST_BETWEEN_READS_MS)
    )
    const writer = repeat(() => this.write(), MOST_BETWEEN_CHANGES_MS)
    await Promise.all([...readers, writer])
    await Promise.all(this.setting)
  }

  async look(): Promise<Versions> {
    const found = await Promise.all(
      keys.map((key) => this.cache.get({ key }) as Promise<Value | null>)
    )
    return Object.fromEntries(
      keys.map((key, index) => [key, found[index]?.version ?? null])
    )
  }

  /** In one of the ways in which gets and sets come from Medusa. */
  private async read(): Promise<void> {
    const key = this.anyKey()
    const cleared = this.random.chance(ASKING_OTHERS)
      ? await this.source.clearedVersion(key, this.boundMs)
      : 0
    const get = () => this.get(key, cleared)
    const callers = 1 + this.random.below(3)

    switch (this.random.below(4)) {
      case 0:
        // A job, in whose flow one read comes after the other.
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

  /** @param clearedByAll as far as it is known */
  private get(key: string, clearedByAll: number): Getting {
    const cleared = Math.max(clearedByAll, this.cleared.get(key) ?? 0)
    return { key, found: this.cache.get({ key }), cleared }
  }

  /** Takes the answer, or loads the value and has it set. */
  private async use({ key, found, cleared }: Getting): Promise<void> {
    const value = (await found) as Value | null
    this.tally.reads++
    if (value) {
      this.tally.hits++
      this.tally.servedStale += value.version < cleared ? 1 : 0
      return
    }
    const version = await this.source.version(key)
    await this.pause(LONGEST_LOAD_MS)
    const set = this.set(key, version)
    if (this.random.chance(AWAITED)) {
      await set
    }
  }

  private set(key: string, version: number): Promise<void> {
    this.tally.sets++
    const data: Value = { version, text: FILLER }
    const set = this.cache.set({ key, data, tags: [`row:${key}`, "rows"] })
    this.setting.add(set)
    // One that fails is met by whoever awaits it, or ends the process.
    return set.finally(() => this.setting.delete(set))
  }

  private async write(): Promise<void> {
    const key = this.anyKey()
    const version = await this.source.change(key)
    await inRequest(() => this.clear(key))
    this.tally.clears++
    this.cleared.set(key, Math.max(version, this.cleared.get(key) ?? 0))
    await this.source.noteCleared(key, version)
  }

  private clear(key: string): Promise<void> {
    const chance = this.random.below(100)
    const options = { autoInvalidate: true }
    if (chance < 3) {
      return this.cache.clear({ tags: ["rows", `row:${key}`], options })
    }
    if (chance < 20) {
      return this.cache.clear({ key })
    }
    return this.cache.clear({ tags: [`row:${key}`], options })
  }

  private async forEach(count: number, work: () => Promise<void>) {
    await Promise.all(Array.from({ length: count }, work))
  }

  private anyKey(): string {
    return this.random.pick(keys)
  }

  private pause(mostMs: number): Promise<void> {
    return sleep(this.random.below(mostMs * 10) / 10)
  }
}
