/** A cache of a fixed number of keys, as far as hits and misses go. */
export interface Policy {
  /** @returns whether the key was there; stores it if not */
  read(key: number): boolean
  /** The key's data has changed. */
  remove(key: number): void
}

export type PolicyName = "FIFO" | "LRU" | "sampled LRU" | "second chance"

const SAMPLE = 5

/** What was stored longest ago goes: nothing has to be noted when reading. */
class Fifo implements Policy {
  protected readonly keys = new Map<number, boolean>()

  constructor(private readonly size: number) {}

  read(key: number): boolean {
    if (this.keys.has(key)) {
      this.found?.(key)
      return true
    }
    while (this.keys.size >= this.size) {
      this.evict()
    }
    this.keys.set(key, false)
    return false
  }

  remove(key: number): void {
    this.keys.delete(key)
  }

  protected found?(key: number): void

  protected evict(): void {
    const [oldest] = this.keys.keys()
    this.keys.delete(oldest!)
  }
}

/** What was read longest ago goes: each read is noted. */
class Lru extends Fifo {
  protected override found(key: number): void {
    this.keys.delete(key)
    this.keys.set(key, true)
  }
}

/** FIFO, but what was read since it came to the end goes round once more: the first read after that is noted. */
class SecondChance extends Fifo {
  protected override found(key: number): void {
    this.keys.set(key, true)
  }

  protected override evict(): void {
    for (const [key, read] of this.keys) {
      this.keys.delete(key)
      if (!read) {
        return
      }
      this.keys.set(key, false)
    }
  }
}

/** Of a few picked at random what was read longest ago goes, as in Redis: each read is noted. */
class SampledLru implements Policy {
  private readonly places = new Map<number, number>()
  private readonly keys: number[] = []
  private readonly readAt = new Map<number, number>()
  private clock = 0

  constructor(
    private readonly size: number,
    private readonly below: (limit: number) => number
  ) {}

  read(key: number): boolean {
    const hit = this.places.has(key)
    if (!hit) {
      if (this.keys.length >= this.size) {
        this.remove(this.victim())
      }
      this.places.set(key, this.keys.push(key) - 1)
    }
    this.readAt.set(key, this.clock++)
    return hit
  }

  remove(key: number): void {
    const place = this.places.get(key)
    if (place === undefined) {
      return
    }
    const last = this.keys.pop()!
    if (last !== key) {
      this.keys[place] = last
      this.places.set(last, place)
    }
    this.places.delete(key)
    this.readAt.delete(key)
  }

  private victim(): number {
    const sample = Array.from(
      { length: SAMPLE },
      () => this.keys[this.below(this.keys.length)]!
    )
    return sample.reduce((oldest, key) =>
      this.readAt.get(key)! < this.readAt.get(oldest)! ? key : oldest
    )
  }
}

export function makePolicy(
  name: PolicyName,
  size: number,
  below: (limit: number) => number
): Policy {
  switch (name) {
    case "FIFO":
      return new Fifo(size)
    case "LRU":
      return new Lru(size)
    case "second chance":
      return new SecondChance(size)
    case "sampled LRU":
      return new SampledLru(size, below)
  }
}
