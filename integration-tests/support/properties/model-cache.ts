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

/** What a cache is by the documentation, in plain words and in memory. */
export class ModelCache {
  private readonly entries = new Map<string, Entry>()
  private now = 0
  private step = 0

  /** What is set from now on is newer than what was set before. */
  nextStep(): void {
    this.step++
  }

  /** @returns JSON, or `null` for a miss */
  getByKey(key: string): string {
    const entry = this.entries.get(key)
    return entry && this.isLive(entry) ? entry.json : "null"
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

  set({ key, data, tags = [], ttl = DEFAULT_TTL, options }: SetStep): void {
    const seconds = Number(ttl)
    if (seconds < 0 || sizeOf(data) > MAX_ENTRY_BYTES) {
      this.entries.delete(key)
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

  clear({ key, tags = [], options }: Clear): void {
    if (!key && tags.includes("*")) {
      this.entries.clear()
      return
    }
    if (options && !options.autoInvalidate) {
      return
    }
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

  private isLive({ expiresAt }: Entry): boolean {
    return expiresAt > this.now
  }
}
