import redisModule from "@medusajs/caching-redis"
import type { ICachingProviderService } from "@medusajs/framework/types"
import { createMedusaContainer } from "@medusajs/framework/utils"
import { quietLogger } from "../provider/quiet-logger"

type RedisProvider = new (
  cradle: object,
  options?: object
) => ICachingProviderService

interface Client {
  disconnect(): void
  removeAllListeners(event: string): void
}

/**
 * The provider that `@medusajs/caching-redis` exports, set up by its own loaders, and its client of Redis.
 *
 * @param prefix of keys that are this caller's alone: a Redis that somebody uses for more must keep the rest
 */
export async function loadRedisProvider<RedisClient extends Client>(
  redisUrl: string,
  prefix: string
): Promise<{ cache: ICachingProviderService; client: RedisClient }> {
  const container = createMedusaContainer()
  for (const loader of redisModule.loaders ?? []) {
    await loader({
      container,
      logger: quietLogger,
      options: { redisUrl, prefix },
    } as unknown as Parameters<typeof loader>[0])
  }
  const [Provider] = redisModule.services as unknown as RedisProvider[]
  const cache = new Provider!(container.cradle as object)
  return { cache, client: container.resolve<RedisClient>("redisClient") }
}

/** The same, to be closed, which empties it first: the server may be somebody's own. */
export async function startRedisCache(
  redisUrl: string,
  prefix: string
): Promise<{ cache: ICachingProviderService; close: () => Promise<void> }> {
  const { cache, client } = await loadRedisProvider(redisUrl, prefix)
  return {
    cache,
    async close() {
      await cache.clear({ tags: ["*"] })
      // It would warn of what is meant to happen now.
      client.removeAllListeners("close")
      client.disconnect()
    },
  }
}
