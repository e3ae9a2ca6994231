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

  /** The values in another order. */
  shuffled<T>(values: readonly T[]): T[] {
    const result = [...values]
    for (let index = result.length - 1; index > 0; index--) {
      const other = this.below(index + 1)
      ;[result[index], result[other]] = [result[other]!, result[index]!]
    }
    return result
  }

  /** The generator mulberry32. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed that is another one in each run, and that is printed: `RANDOM_SEED=…` repeats a run that failed. */
export function printedSeed(): number {
  const seed = Number(process.env.RANDOM_SEED || Date.now() % 2 ** 31)
  process.stderr.write(`RANDOM_SEED=${seed}\n`)
  return seed
}
