import { startMemoryProvider } from "./memory"
import type { ProviderName } from "./names"
import { startPostgresProvider } from "./postgres"
import type { ProviderUnderTest } from "./provider-under-test"
import { startRedisProvider } from "./redis"
import { startNaiveBaseline } from "./naive-baseline"

export { isShared, PROVIDERS, type ProviderName } from "./names"
export type { Near, ProviderUnderTest } from "./provider-under-test"

/**
 * @param cache.name tells caches of the same provider apart
 * @param cache.url of the database that is its own, or of the Redis
 */
export function startProvider({
  provider,
  name,
  url,
}: {
  provider: ProviderName
  name: string
  url: string
}): Promise<ProviderUnderTest> {
  switch (provider) {
    case "postgres":
      return startPostgresProvider(url)
    case "postgres-near":
      return startPostgresProvider(url, { nearCache: {} })
    case "postgres-shared":
      return startPostgresProvider(url, { nearCache: { share: true } })
    case "postgres-lease":
      return startPostgresProvider(url, { lease: true })
    case "redis":
      return startRedisProvider(url, name)
    case "memory":
      return startMemoryProvider()
    case "baseline":
      return startNaiveBaseline(url)
  }
}
