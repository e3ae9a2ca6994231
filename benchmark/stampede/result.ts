import { median, type Spread } from "../measure/summary"
import type { Contender } from "./contenders"

/** Milliseconds beyond which a caller has waited for a load. */
export const WAITING_MS = 25

export interface Round {
  readonly loads: number
  /** Milliseconds of each caller. */
  readonly times: readonly number[]
}

export interface Result {
  readonly contender: Contender
  readonly rounds: readonly Round[]
}

export interface Summary {
  readonly scene: string
  readonly name: string
  readonly loads: Spread
  readonly waiting: Spread
  readonly p50Ms: number
  readonly p99Ms: number
}

export function summaryOf({ contender, rounds }: Result): Summary {
  const { scene, name } = contender
  const times = rounds.flatMap((round) => round.times).sort((a, b) => a - b)
  return {
    scene,
    name,
    loads: spreadOf(rounds.map(({ loads }) => loads)),
    waiting: spreadOf(rounds.map(waitingIn)),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  }
}

/** @returns whether callers wait in most rounds even where the value is there: then nothing can be said of the others */
export function isBusy(results: readonly Result[]): boolean {
  return results
    .filter(({ contender }) => contender.scene === "live")
    .some((result) => summaryOf(result).waiting.median > 0)
}

/** @returns what did not hold */
export function problemsOf(results: readonly Result[]): string[] {
  const isMachineBusy = isBusy(results)
  return results.flatMap((result) => {
    const { scene, name, required } = result.contender
    const { loads, waiting } = summaryOf(result)
    const { mostLoads = Infinity, mostWaiting = Infinity } = required ?? {}
    return [
      ...(loads.max > mostLoads
        ? [`${scene}, ${name}: ${loads.max} loads, at most ${mostLoads}`]
        : []),
      ...(!isMachineBusy && waiting.median > mostWaiting
        ? [
            `${scene}, ${name}: ${waiting.median} callers waited, at most ${mostWaiting}`,
          ]
        : []),
    ]
  })
}

function waitingIn({ times }: Round): number {
  return times.filter((time) => time > WAITING_MS).length
}

function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
