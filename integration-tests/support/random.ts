/** Random numbers that are the same for the same seed, so that a run can be repeated. */
export class Random {
  constructor(private state: number) {}

  /** A whole number from 0 to just below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** The first ones are picked most often, as the best known products are. */
  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() ** 2 * values.length)]!
  }

  /** The generator mulberry32. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
