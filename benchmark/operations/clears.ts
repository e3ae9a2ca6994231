import { closedLoop } from "../measure/closed-loop"
import { sliceOf } from "../measure/slice"
import type { ICachingProviderService } from "@medusajs/framework/types"
import { LIST_TAG } from "../workloads"
import {
  type Context,
  expect,
  freshName,
  measureFor,
  type Operation,
  sample,
} from "./operation"

/** As Medusa clears: entries that are not to be invalidated by events stay. */
export const options = { autoInvalidate: true }
/** How long the other callers are at work before the clear of a list comes. */
const HEAD_START_MS = 15
/** How long another process clears beside a clear of a list. */
const COMPANY_MS = 500

/** Most of the clears that a product write sends: two tags that no entry has. */
async function clearUnknownTags(cache: ICachingProviderService): Promise<void> {
  const name = freshName()
  await cache.clear({ tags: [`a-${name}`, `b-${name}`], options })
}

export const clearUnknown: Operation = (context) =>
  measureFor(context, () => clearUnknownTags(context.provider.cache))

/** Each of the entries by its own tag, once. */
export const clearOne: Operation = async (context) => {
  const { cache } = context.provider
  const { concurrency, process, processes, singleClears } = context.order
  const items = context.items
    .slice(0, singleClears)
    .filter((_, n) => n % processes === process)

  await warmUp(context)
  const slice = await closedLoop({
    concurrency,
    milliseconds: 0,
    atLeast: items.length,
    call: (n) => cache.clear({ tags: [items[n]!.ownTag], options }),
    atMost: items.length,
  })
  for (const n of sample(items.length)) {
    const { key } = items[n]!
    expect((await cache.get({ key })) === null, `clear: ${key} is still there`)
  }
  return slice
}

/**
 * One clear of the tag that all entries have. The other callers clear unknown tags meanwhile, as the
 * events of a product write do; measured is the clear of the list.
 */
export const clear400: Operation = async (context) => {
  const { cache } = context.provider
  const { concurrency, process } = context.order

  await warmUp(context)
  if (process > 0) {
    const { milliseconds } = await closedLoop({
      concurrency,
      milliseconds: COMPANY_MS,
      call: () => clearUnknownTags(cache),
    })
    return sliceOf([], milliseconds)
  }

  let cleared = false
  const others = Array.from({ length: concurrency - 1 }, async () => {
    while (!cleared) {
      await clearUnknownTags(cache)
    }
  })
  // Without a timer: a provider that answers at once leaves it no time to fire.
  await closedLoop({
    concurrency: 1,
    milliseconds: HEAD_START_MS,
    call: () => clearUnknownTags(cache),
  })
  const started = performance.now()
  await cache.clear({ tags: [LIST_TAG], options })
  const slice = sliceOf([performance.now() - started])
  cleared = true
  await Promise.all(others)

  for (const n of sample(context.items.length)) {
    const { key } = context.items[n]!
    expect((await cache.get({ key })) === null, `clear: ${key} is still there`)
  }
  return slice
}

/** Takes nothing away: the entries are there to be cleared once. */
async function warmUp({ provider, order }: Context): Promise<void> {
  await closedLoop({
    concurrency: order.concurrency,
    milliseconds: order.warmUpMilliseconds,
    call: () => clearUnknownTags(provider.cache),
  })
}
