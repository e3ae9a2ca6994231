import {
  expect,
  freshName,
  itemAt,
  measureFor,
  type Operation,
} from "./operation"

export const getHit: Operation = (context) => {
  const { cache } = context.provider
  return measureFor(context, async (n) => {
    const item = itemAt(context, n)
    const value: unknown = await cache.get({ key: item.key })
    expect(item.matches(value), `get: no value of ${item.key}`)
  })
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
