import { Random } from "../trace/random"

export type Step =
  | { readonly kind: "read"; readonly key: number }
  | { readonly kind: "remove"; readonly key: number }

export interface TraceShape {
  readonly keys: number
  readonly steps: number
  /** How steep the distribution is: the n-th most popular key is read in proportion to 1 / n^skew. */
  readonly skew: number
  /** Reads between two scans, each of which reads a tenth of the keys once, as a crawler or an export does. */
  readonly readsBetweenScans: number
  /** Reads between two changes of data, each of which removes a key. */
  readonly readsBetweenChanges: number
}

const SEED = 20_261_122
const SCANNED_SHARE = 10

/** Reads of a shop's visitors, with scans and changes between them; the same each time. */
export function* zipfTrace(shape: TraceShape): Generator<Step> {
  const { keys, steps, readsBetweenScans, readsBetweenChanges } = shape
  const random = new Random(SEED)
  const pick = zipfPicker(shape, random)
  let scanFrom = 0

  for (let step = 1; step <= steps; step++) {
    yield { kind: "read", key: pick() }
    if (step % readsBetweenChanges === 0) {
      yield { kind: "remove", key: pick() }
    }
    if (step % readsBetweenScans === 0) {
      const length = Math.floor(keys / SCANNED_SHARE)
      for (let n = 0; n < length; n++) {
        yield { kind: "read", key: (scanFrom + n) % keys }
      }
      scanFrom = (scanFrom + length) % keys
    }
  }
}

function zipfPicker({ keys, skew }: TraceShape, random: Random): () => number {
  const upTo: number[] = []
  let total = 0
  for (let rank = 1; rank <= keys; rank++) {
    total += rank ** -skew
    upTo.push(total)
  }
  const FINE = 2 ** 30
  return () => {
    const wanted = (random.below(FINE) / FINE) * total
    let [low, high] = [0, keys - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle]! < wanted) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    // Popular keys should not be neighbours, or a scan would read them together.
    return (low * 7_919) % keys
  }
}
