import {
  expect,
  freshName,
  itemAt,
  measureFor,
  sample,
  type Operation,
} from "./operation"

export const TTL_SECONDS = 3600
/**
 * Where the built-in memory provider would be full (25,000 keys or 300 MB); the others do not come
 * near in the time they have.
 */
export const MAX_NEW = { page: 20_000, list: 4_000, storefront: 0 }

export const setNew: Operation = async (context) => {
  const { cache } = context.provider
  const keys: string[] = []
  const slice = await measureFor(
    context,
    async (n) => {
      const { data, tags } = itemAt(context, n)
      const key = `new-${freshName()}`
      keys[n] = key
      await cache.set({ key, data, tags, ttl: TTL_SECONDS })
    },
    MAX_NEW[context.order.workload]
  )
  for (const n of sample(slice.operations)) {
    const value: unknown = await cache.get({ key: keys[n]! })
    expect(itemAt(context, n).matches(value), `set: ${keys[n]} is not there`)
  }
  return slice
}

export const overwrite: Operation = async (context) => {
  const { cache } = context.provider
  const revision = context.order.serial
  const slice = await measureFor(context, async (n) => {
    const { key, data, tags } = itemAt(context, n)
    await cache.set({
      key,
      data: { ...data, revision },
      tags,
      ttl: TTL_SECONDS,
    })
  })
  for (const n of sample(slice.operations)) {
    const { key } = itemAt(context, n)
    const value = (await cache.get({ key })) as { revision?: number } | null
    expect(value?.revision === revision, `set: ${key} has not been replaced`)
  }
  return slice
}
