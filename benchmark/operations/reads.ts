import { closedLoop } from "../measure/closed-loop"
import {
  type Context,
  expect,
  freshName,
  itemAt,
  measureFor,
  type Operation,
} from "./operation"

export const getHit: Operation = async (context) => {
  await bringNear(context)
  return await measureFor(context, (n) => getItem(context, n))
}

/** Where a process keeps copies: has it make them of all items, as it has of what it reads all the time. */
export async function bringNear(context: Context): Promise<void> {
  if (!context.provider.near) {
    return
  }
  // The first get of an entry copies it, the second makes an object of the copy.
  const reads = 2 * context.items.length
  await closedLoop({
    concurrency: context.order.concurrency,
    milliseconds: 0,
    atLeast: reads,
    atMost: reads,
    call: (n) => getItem(context, n),
  })
}

async function getItem(context: Context, n: number): Promise<void> {
  const item = itemAt(context, n)
  const value: unknown = await context.provider.cache.get({ key: item.key })
  expect(item.matches(value), `get: no value of ${item.key}`)
}

export const getMiss: Operation = (context) => {
  const { cache } = context.provider
  return measureFor(context, async () => {
    const value: unknown = await cache.get({ key: `missing-${freshName()}` })
    expect(value === null, "get: a value that nobody has set")
  })
}

/** By a tag that a single entry has. */
export const getByTag: Operation = (context) => {
  const { cache } = context.provider
  return measureFor(context, async (n) => {
    const item = itemAt(context, n)
    const values = (await cache.get({ tags: [item.ownTag] })) as unknown[]
    expect(
      values.length === 1 && item.matches(values[0]),
      `get: not the entry of ${item.ownTag}`
    )
  })
}
