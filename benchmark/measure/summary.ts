export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Compares two series round by round: what both met in the same round, a busy machine for example,
 * cancels out.
 */
export function ratios(
  values: readonly number[],
  base: readonly number[]
): Spread {
  if (values.length === 0 || values.length !== base.length) {
    throw new Error(
      `${values.length} rounds cannot be compared with ${base.length}`
    )
  }
  const pairs = values.map((value, round) => value / base[round]!)
  return {
    median: median(pairs),
    min: Math.min(...pairs),
    max: Math.max(...pairs),
  }
}
