import {
  type Clear,
  DEFAULT_TTL,
  MAX_ENTRY_BYTES,
  type Selection,
  type SetStep,
  sizeOf,
} from "./steps"

interface Entry {
  readonly json: string
  readonly tags: ReadonlySet<string>
  /** Seconds by the model's clock. */
  readonly expiresAt: number
  readonly autoInvalidate: boolean
  /** The step that set it. Entries set at once have no order among each other. */
  readonly step: number
}

/** What a fill is checked against. */
interface Cleared {
  /** Keys or tags: a record does not tell them apart. Nothing for everything. */
  readonly names?: readonly string[]
  readonly automatic: boolean
}

/** Which of the two processes. */
export type Process = 0 | 1

/** What a cache is by the documentation, in plain words and in memory. */
export class ModelCache {
  private readonly entries = new Map<string, Entry>()
  /** Everything that was cleared, in order. */
  private readonly cleared: Cleared[] = []
  /** How much had been cleared at the oldest miss, by process and key; every call is of another context. */
  private readonly misses = [0, 1].map(() => new Map<string, number>())
  private now = 0
  private step = 0

  /** What is set from now on is newer than what was set before. */
  nextStep(): void {
    this.step++
  }

  /** @returns JSON, or `null` for a miss */
  getByKey(key: string, process: Process): string {
    const entry = this.entries.get(key)
    const json = entry && this.isLive(entry) ? entry.json : "null"
    // As Medusa sees it.
    const misses = this.misses[process]!
    if (!JSON.parse(json) && !misses.has(key)) {
      misses.set(key, this.cleared.length)
    }
    return json
  }

  /** @returns JSON of the live entries, oldest first; those of one step together */
  getByTags(tags: readonly string[]): string[][] {
    const bySteps = new Map<number, string[]>()
    const found = [...this.entries.values()]
      .filter((entry) => this.isLive(entry) && entry.json !== "null")
      .filter((entry) => tags.some((tag) => entry.tags.has(tag)))
      .sort((one, other) => one.step - other.step)
    for (const { step, json } of found) {
      bySteps.set(step, [...(bySteps.get(step) ?? []), json])
    }
    return [...bySteps.values()]
  }

  set(
    { key, data, tags = [], ttl = DEFAULT_TTL, options }: SetStep,
    process: Process
  ): void {
    const seconds = Number(ttl)
    if (seconds < 0 || sizeOf(data) > MAX_ENTRY_BYTES) {
      this.remove(key)
      return
    }
    const miss = this.misses[process]!.get(key)
    if (
      miss !== undefined &&
      this.isStale(miss, [key, ...tags], options?.autoInvalidate === false)
    ) {
      if (this.entries.get(key)?.json !== JSON.stringify(data)) {
        this.entries.delete(key)
      }
      return
    }
    this.entries.set(key, {
      json: JSON.stringify(data),
      tags: new Set(tags),
      expiresAt: seconds === 0 ? Infinity : this.now + seconds,
      autoInvalidate: options?.autoInvalidate ?? true,
      step: this.step,
    })
  }

  clear({ key, tags = [], options }: Clear, process: Process): void {
    if (!key && tags.includes("*")) {
      this.entries.clear()
      this.misses[process]!.clear()
      this.cleared.push({ automatic: false })
      return
    }
    if (options && !options.autoInvalidate) {
      return
    }
    const names = key ? [key] : tags
    this.cleared.push({ names, automatic: options !== undefined })
    for (const [name, entry] of this.entries) {
      const isMeant = key
        ? name === key
        : tags.some((tag) => entry.tags.has(tag))
      if (isMeant && (!options || entry.autoInvalidate)) {
        this.entries.delete(name)
      }
    }
  }

  passTime(seconds: number): void {
    this.now += seconds
  }

  sweep(): void {
    for (const [key, entry] of this.entries) {
      if (!this.isLive(entry)) {
        this.entries.delete(key)
      }
    }
  }

  /** How many rows the tables have: expired entries stay until they are swept. */
  get rows(): { entries: number; tags: number; options: number } {
    const entries = [...this.entries.values()]
    return {
      entries: entries.length,
      tags: entries.reduce((sum, { tags }) => sum + tags.size, 0),
      options: entries.filter(({ autoInvalidate }) => !autoInvalidate).length,
    }
  }

  /** Everything that may be asked for by a key or tag which an entry has. */
  get selections(): Selection[] {
    const tags = new Set(
      [...this.entries.values()].flatMap((entry) => [...entry.tags])
    )
    return [
      ...[...this.entries.keys()].map((key) => ({ key })),
      ...[...tags].map((tag) => ({ tags: [tag] })),
    ]
  }

  private remove(key: string): void {
    this.entries.delete(key)
    this.cleared.push({ names: [key], automatic: false })
  }

  private isStale(miss: number, names: string[], isSpared: boolean): boolean {
    return this.cleared
      .slice(miss)
      .some(
        (cleared) =>
          !(cleared.automatic && isSpared) &&
          (!cleared.names || cleared.names.some((name) => names.includes(name)))
      )
  }

  private isLive({ expiresAt }: Entry): boolean {
    return expiresAt > this.now
  }
}
