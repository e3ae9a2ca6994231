import type { Report, Tally } from "./messages"

export interface Sample {
  readonly heapBytes: readonly number[]
  readonly tableBytes: number
}

const MIN_HIT_RATE = 0.2
const MIN_SHARE_OF_HIT_RATE = 0.5
/** Fewer say nothing about growth. */
const MIN_SAMPLES = 30
/** Growth that measuring cannot tell from none. */
const SLACK = 1.25
const HEAP_SLACK_BYTES = 8 * 1024 * 1024
const TABLES_SLACK_BYTES = 2 * 1024 * 1024

type Say = (line: string) => void

/** @returns what is wrong with a run that tested too little */
export function tooLittle({ reads, hits, sets, clears }: Tally): string[] {
  return hits < reads * MIN_HIT_RATE || sets === 0 || clears === 0
    ? [
        `${hits} of ${reads} reads were hits, with ${sets} sets and ${clears} clears: little was tested`,
      ]
    : []
}

/**
 * Compares the hit rates of the processes with those of a first time without faults.
 *
 * @returns what is wrong
 */
export function lossOfHits(
  undisturbed: readonly Report[],
  reports: readonly Report[],
  say: Say
): string[] {
  const percent = (rate: number) => `${(rate * 100).toFixed(1)} %`
  return reports.flatMap(({ tally }, number) => {
    const before = undisturbed[number]?.tally
    if (!before) {
      return [`process ${number} has not reported before its first fault`]
    }
    const calm = before.hits / before.reads
    const disturbed = (tally.hits - before.hits) / (tally.reads - before.reads)
    say(
      `process ${number}: ${percent(calm)} hits undisturbed, ${percent(disturbed)} with connections lost`
    )
    return disturbed > calm * MIN_SHARE_OF_HIT_RATE
      ? []
      : [`process ${number} hits too rarely with connections lost`]
  })
}

/**
 * Compares the greatest sizes of the last third with those of the second.
 *
 * @returns what still grows
 */
export function growthOf(samples: readonly Sample[], say: Say): string[] {
  if (samples.length < MIN_SAMPLES) {
    return []
  }
  const third = Math.floor(samples.length / 3)
  const growth = (
    what: string,
    of: (sample: Sample) => number,
    slack: number
  ) => {
    const most = (part: readonly Sample[]) => Math.max(...part.map(of))
    const before = most(samples.slice(third, 2 * third))
    const after = most(samples.slice(2 * third))
    const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`
    say(
      `${what}: at most ${megabytes(before)} in the second third, ${megabytes(after)} in the last`
    )
    return after > before * SLACK + slack ? [`${what} grows`] : []
  }
  return [
    ...samples[0]!.heapBytes.flatMap((_, number) =>
      growth(
        `memory of process ${number}`,
        (sample) => sample.heapBytes[number]!,
        HEAP_SLACK_BYTES
      )
    ),
    ...growth("tables", (sample) => sample.tableBytes, TABLES_SLACK_BYTES),
  ]
}
