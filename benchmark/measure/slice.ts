import { LatencyHistogram } from "./latency-histogram"

/** What was measured at a stretch; plain, so that it can be sent to another process. */
export interface Slice {
  readonly operations: number
  readonly milliseconds: number
  readonly latencies: Uint32Array
}

/** What was timed call by call. */
export function sliceOf(
  times: readonly number[],
  milliseconds = sum(times)
): Slice {
  const latencies = LatencyHistogram.empty()
  times.forEach((time) => latencies.record(time))
  return {
    operations: times.length,
    milliseconds,
    latencies: latencies.counted,
  }
}

/** Slices of one process, one after the other. */
export function inARow(slices: readonly Slice[]): Slice {
  const latencies = LatencyHistogram.empty()
  slices.forEach((slice) =>
    latencies.add(LatencyHistogram.from(slice.latencies))
  )
  return {
    operations: sum(slices.map((slice) => slice.operations)),
    milliseconds: sum(slices.map((slice) => slice.milliseconds)),
    latencies: latencies.counted,
  }
}

/** What a provider did in one round: one slice, or several of different processes or one after another. */
export interface Round {
  readonly opsPerSecond: number
  readonly latencies: LatencyHistogram
}

/** @param processes the slices of each process, which ran at the same time as those of the others */
export function roundOf(processes: readonly (readonly Slice[])[]): Round {
  const latencies = LatencyHistogram.empty()
  let opsPerSecond = 0
  for (const slices of processes) {
    const operations = sum(slices.map((slice) => slice.operations))
    const milliseconds = sum(slices.map((slice) => slice.milliseconds))
    opsPerSecond += operations / (milliseconds / 1000)
    slices.forEach((slice) =>
      latencies.add(LatencyHistogram.from(slice.latencies))
    )
  }
  return { opsPerSecond, latencies }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
