/**
 * How many calls from the head of the queue fit within a bound. The first always does: a single
 * large call must go, too.
 *
 * @param weigh the weight of a call, or `undefined` for one that cannot go with those before it
 */
export function countWithin<C>(
  queue: readonly C[],
  limits: { calls: number; weight: number },
  weigh: (call: C) => number | undefined
): number {
  let weight = 0
  let count = 0
  for (const call of queue) {
    const own = weigh(call)
    weight += own ?? 0
    const full = count >= limits.calls || weight > limits.weight
    if (count > 0 && (full || own === undefined)) {
      break
    }
    count++
  }
  return count
}
