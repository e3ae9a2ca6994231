import type { Parameters } from "fast-check"

/** A run takes some ten milliseconds; more where the machine is busy. */
const MAX_MILLIS_PER_RUN = 500
/** To shrink a failure, which takes some hundred runs more. */
const SHRINKING_MILLIS = 120_000
const CLOSING_MILLIS = 20_000

/** How many sequences each property tries. */
const RUNS = wholeNumber("PROPERTY_RUNS") ?? 200
const MAX_MILLIS = RUNS * MAX_MILLIS_PER_RUN + SHRINKING_MILLIS

/** For Jest: fast-check ends by itself before, since only it knows the seed. */
export const PROPERTY_TIMEOUT = MAX_MILLIS + CLOSING_MILLIS

/**
 * `PROPERTY_RUNS=10000` tries more sequences; `PROPERTY_SEED=…` tries those of a run that failed, whose
 * report names its seed (with the same `PROPERTY_RUNS`).
 */
export function parameters<T>(): Parameters<T> {
  return {
    numRuns: RUNS,
    seed: wholeNumber("PROPERTY_SEED"),
    interruptAfterTimeLimit: MAX_MILLIS,
    markInterruptAsFailure: true,
  }
}

/** Seeds may be negative. */
function wholeNumber(variable: string): number | undefined {
  const text = process.env[variable]
  if (text && !/^-?\d+$/.test(text)) {
    throw new Error(`${variable} is ${text}, allowed: a whole number`)
  }
  return text ? Number(text) : undefined
}
