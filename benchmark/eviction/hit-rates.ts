import { Random } from "../trace/random"
import { makePolicy, type PolicyName } from "./policies"
import { zipfTrace, type TraceShape } from "./trace"

export const POLICIES: readonly PolicyName[] = [
  "FIFO",
  "second chance",
  "sampled LRU",
  "LRU",
]

const KEYS = 20_000
const SKEWS = [0.7, 1]
const SIZES = [0.05, 0.1, 0.25, 0.5, 0.8]

export interface HitRates {
  readonly skew: number
  /** Of all keys, how many fit. */
  readonly share: number
  readonly rates: ReadonlyMap<PolicyName, number>
}

export function hitRates(): HitRates[] {
  return SKEWS.flatMap((skew) =>
    SIZES.map((share) => ({
      skew,
      share,
      rates: new Map(
        POLICIES.map((name) => [name, hitRate(name, share, skew)] as const)
      ),
    }))
  )
}

/** Counted once the cache is full. */
function hitRate(name: PolicyName, share: number, skew: number): number {
  const shape: TraceShape = {
    keys: KEYS,
    steps: 400_000,
    skew,
    readsBetweenScans: 40_000,
    readsBetweenChanges: 50,
  }
  const random = new Random(1)
  const policy = makePolicy(name, KEYS * share, (limit) => random.below(limit))
  let [hits, reads, steps] = [0, 0, 0]
  for (const { kind, key } of zipfTrace(shape)) {
    if (kind === "remove") {
      policy.remove(key)
      continue
    }
    const hit = policy.read(key)
    if (steps++ > shape.steps / 4) {
      reads++
      hits += hit ? 1 : 0
    }
  }
  return hits / reads
}
