import { createRequire } from "node:module"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { CachingPostgresOptions } from "../../src"
import type { Misses } from "../../src/stale-fill"
import type { NearCache } from "../../src/near-cache"
import type { PostgresCachingProvider } from "../../src/services"
import { DatabaseTables } from "./database-tables"
import type { Near, ProviderUnderTest } from "./provider-under-test"
import { quietLogger } from "./quiet-logger"

const BUILT = path.resolve(__dirname, "../../dist/src")
const LISTENING_LIMIT_MS = 30_000
const POLL_MS = 2

/** What of the provider's inside the benchmark works with: no shop needs it. */
interface Inside {
  readonly parts: { readonly misses: Misses; readonly near?: NearCache }
}

/** The built package, as a shop runs it: its own compilation, its default options but for the sweep. */
export function loadBuiltProvider(
  clientUrl: string,
  options: CachingPostgresOptions = {}
): PostgresCachingProvider {
  const load = createRequire(__filename)
  const { PostgresCachingProvider } = load(
    path.join(BUILT, "services")
  ) as typeof import("../../src/services")
  const { resolveOptions } = load(
    path.join(BUILT, "options")
  ) as typeof import("../../src/options")

  return new PostgresCachingProvider({
    logger: quietLogger,
    cachingPostgresOptions: resolveOptions(
      { sweep: false, ...options },
      { database: { clientUrl } }
    ),
  })
}

export async function startPostgresProvider(
  clientUrl: string,
  options: CachingPostgresOptions = {}
): Promise<ProviderUnderTest> {
  const provider = loadBuiltProvider(clientUrl, options)
  const { misses, near } = (provider as unknown as Inside).parts
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
