import redisModule from "@medusajs/caching-redis"
import type { ICachingProviderService } from "@medusajs/framework/types"
import { createMedusaContainer } from "@medusajs/framework/utils"
import type { ProviderUnderTest } from "./provider-under-test"
import { quietLogger } from "./quiet-logger"

type RedisProvider = new (
  cradle: object,
  options?: object
) => ICachingProviderService

/** The provider that `@medusajs/caching-redis` exports, set up by its own loaders. */
export async function startRedisProvider(
  redisUrl: string,
  name: string
): Promise<ProviderUnderTest> {
  const container = createMedusaContainer()
  // Of the benchmark alone: a Redis that somebody uses for more must keep the rest.
  const prefix = `benchmark-${name}:`
  for (const loader of redisModule.loaders ?? []) {
    await loader({
      container,
      logger: quietLogger,
      options: { redisUrl, prefix },
    } as unknown as Parameters<typeof loader>[0])
  }
  const [Provider] = redisModule.services as unknown as RedisProvider[]
  const cache = new Provider!(container.cradle as object)
  const client = container.resolve<{
    disconnect(): void
    removeAllListeners(event: string): void
  }>("redisClient")

  return {
    cache,
    empty: () => cache.clear({ tags: ["*"] }),
    settle: () => Promise.resolve(),
    async close() {
      // The server may be somebody's own.
      await cache.clear({ tags: ["*"] })
      // It would warn of what is meant to happen now.
      client.removeAllListeners("close")
      client.disconnect()
    },
  }
}
