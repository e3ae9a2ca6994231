import hashLoader from "@medusajs/caching/dist/loaders/hash"
import { MemoryCachingProvider } from "@medusajs/caching/dist/providers/memory-cache"
import { createMedusaContainer } from "@medusajs/framework/utils"
import type { ProviderUnderTest } from "./provider-under-test"
import { quietLogger } from "../../integration-tests/support/provider/quiet-logger"

/** The Caching Module's built-in provider. */
export async function startMemoryProvider(): Promise<ProviderUnderTest> {
  const container = createMedusaContainer()
  await hashLoader({ container })
  const cache = new MemoryCachingProvider({
    logger: quietLogger,
    hasher: container.resolve("hasher"),
  })

  return {
    cache,
    empty: () => cache.clear({ tags: ["*"] }),
    settle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
