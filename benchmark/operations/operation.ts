import { closedLoop, type Loop } from "../measure/closed-loop"
import type { Slice } from "../measure/slice"
import type { ProviderUnderTest } from "../providers"
import type { Item, Workload } from "../workloads"
import type { OperationName } from "./names"

/** What a process is told to measure. */
export interface Order {
  readonly workload: Workload
  readonly operation: OperationName
  readonly concurrency: number
  readonly milliseconds: number
  readonly warmUpMilliseconds: number
  /** So many calls of a trace, from its beginning. */
  readonly traceCalls: number
  /** So many entries, the first ones, are cleared one by one. */
  readonly singleClears: number
  /** So many entries are cleared by one process and watched by another. */
  readonly invalidations: number
  /** Tells the measurements of a run apart; the same for all processes that measure together. */
  readonly serial: number
  /** Which of the processes this is, from 0, and how many measure together. */
  readonly process: number
  readonly processes: number
}

export interface Context {
  readonly provider: ProviderUnderTest
  /** Of the provider's database, or of its Redis. */
  readonly url: string
  /** A database for the shop's own queries. */
  readonly shopUrl: string
  readonly items: readonly Item[]
  readonly order: Order
}

export type Operation = (context: Context) => Promise<Slice>

const MIN_CALLS = 10
const CHECKED = 10

let names = 0

/** A name that no process of the run has used. */
export function freshName(): string {
  return `${process.pid}-${names++}`
}

/** Measures a call that can be made again and again, for the time that the order names. */
export async function measureFor(
  { order: { concurrency, milliseconds, warmUpMilliseconds } }: Context,
  call: Loop["call"],
  atMost = Infinity
): Promise<Slice> {
  await closedLoop({
    concurrency,
    milliseconds: warmUpMilliseconds,
    atMost: atMost / 10,
    call,
  })
  return await closedLoop({
    concurrency,
    milliseconds,
    atLeast: Math.max(concurrency, MIN_CALLS),
    atMost,
    call,
  })
}

/** The items one after the other, each process beginning at another one. */
export function itemAt({ items, order }: Context, n: number): Item {
  const begin = Math.floor((order.process * items.length) / order.processes)
  return items[(begin + n) % items.length]!
}

/** Stops the run: what is not right is not worth measuring. */
export function expect(fulfilled: boolean, otherwise: string): void {
  if (!fulfilled) {
    throw new Error(otherwise)
  }
}

/** A few numbers below `count`, spread evenly: what is checked after the measured time. */
export function sample(count: number): number[] {
  const size = Math.min(count, CHECKED)
  return Array.from({ length: size }, (_, position) =>
    Math.floor((position * count) / size)
  )
}
