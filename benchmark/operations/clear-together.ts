import { setTimeout as sleep } from "node:timers/promises"
import { closedLoop } from "../measure/closed-loop"
import { sliceOf, type Slice } from "../measure/slice"
import { fill } from "../processes/fill"
import { makeFiller, type Item } from "../workloads"
import { options } from "./clears"
import { type Context, expect, itemAt, type Operation } from "./operation"
import { bringNear } from "./reads"
import { meet } from "./signals"

/** As many as a process can clear in the time it has. */
const ENTRIES = 1_000
/** Between two gets, so that there is room for the other processes on a core, as in a shop. */
const PAUSE_MS = 1

/** Several processes clear entries by their own tags, each its own; measured are the clears. */
export const clearTogether: Operation = async (context) =>
  (await clearAndGet(context)).clears

/** The same, but measured are the gets that one of the processes makes meanwhile. */
export const getBesideClears: Operation = async (context) => {
  const { clears, gets } = await clearAndGet(context)
  return gets ?? sliceOf([], clears.milliseconds)
}

async function clearAndGet(
  context: Context
): Promise<{ clears: Slice; gets?: Slice }> {
  const { cache } = context.provider
  const { concurrency, milliseconds, process } = context.order
  const entries = await fillOwn(context, ENTRIES)
  if (process === 0) {
    await bringNear(context)
  }
  await meet(context, "filled")

  let isOver = false
  const getting = process === 0 ? getUntil(context, () => isOver) : undefined
  const clears = await closedLoop({
    concurrency,
    milliseconds,
    atMost: entries.length,
    call: (n) => cache.clear({ tags: [entries[n]!.ownTag], options }),
  })
  isOver = true
  return { clears, gets: await getting }
}

/** Entries that no other process clears. */
export async function fillOwn(
  { provider, order }: Context,
  count: number
): Promise<Item[]> {
  const entries = Array.from({ length: count }, (_, n) =>
    makeFiller(order.process * count + n)
  )
  await fill(provider.cache, count, (n) => entries[n]!)
  return entries
}

async function getUntil(
  context: Context,
  isOver: () => boolean
): Promise<Slice> {
  const { cache } = context.provider
  const times: number[] = []
  const started = performance.now()
  for (let n = 0; !isOver(); n++) {
    const item = itemAt(context, n)
    const begun = performance.now()
    const value: unknown = await cache.get({ key: item.key })
    times.push(performance.now() - begun)
    expect(item.matches(value), `get: no value of ${item.key}`)
    await sleep(PAUSE_MS)
  }
  return sliceOf(times, performance.now() - started)
}
