import { setTimeout as sleep } from "node:timers/promises"
import type { CachingPostgresOptions } from "../../src"
import type { Misses } from "../../src/stale-fill"
import type { NearCache } from "../../src/near-cache"
import type { PostgresCachingProvider } from "../../src/services"
import { builtProvider } from "../../integration-tests/support/provider/built-provider.cjs"
import { DatabaseTables } from "./database-tables"
import type { Near, ProviderUnderTest } from "./provider-under-test"
import { quietLogger } from "../../integration-tests/support/provider/quiet-logger"

const LISTENING_LIMIT_MS = 30_000
const POLL_MS = 2

/** What of the provider's inside the benchmark works with: no shop needs it. */
interface Inside {
  readonly engine: {
    readonly parts: { readonly misses: Misses; readonly near?: NearCache }
  }
}

/** With its default options but for the sweep, as a shop runs it. */
export async function startPostgresProvider(
  clientUrl: string,
  options: CachingPostgresOptions = {}
): Promise<ProviderUnderTest> {
  const provider = builtProvider(
    clientUrl,
    { sweep: false, ...options },
    quietLogger
  )
  const { misses, near } = (provider as unknown as Inside).engine.parts
  const tables = await DatabaseTables.open(clientUrl)

  return {
    cache: provider,
    near: near && nearOf(provider, near),
    forgetMisses: () => misses.cleared(true),
    async empty() {
      await tables.empty()
      // What the process remembers, too: copies, and misses from before.
      await provider.clear({ tags: ["*"] })
    },
    settle: () => tables.settle(),
    async close() {
      await provider.close()
      await tables.close()
    },
  }
}

function nearOf(cache: PostgresCachingProvider, near: NearCache): Near {
  return {
    async listens() {
      const deadline = performance.now() + LISTENING_LIMIT_MS
      for (;;) {
        await cache.get({ key: "has it begun to listen?" })
        if (near.stats.isListening) {
          return
        }
        if (performance.now() > deadline) {
          throw new Error("the near cache does not listen")
        }
        await sleep(POLL_MS)
      }
    },
    hits: () => near.stats.hits,
  }
}
