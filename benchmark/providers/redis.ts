import { startRedisCache } from "../../integration-tests/support/redis/redis-provider"
import type { ProviderUnderTest } from "./provider-under-test"

export async function startRedisProvider(
  redisUrl: string,
  name: string
): Promise<ProviderUnderTest> {
  const { cache, close } = await startRedisCache(redisUrl, `benchmark-${name}:`)
  return {
    cache,
    empty: () => cache.clear({ tags: ["*"] }),
    settle: () => Promise.resolve(),
    close,
  }
}
