import { createRequire } from "node:module"
import path from "node:path"
import type { CachingPostgresOptions } from "../../src"
import type { PostgresCachingProvider } from "../../src/services"
import { DatabaseTables } from "./database-tables"
import type { ProviderUnderTest } from "./provider-under-test"
import { quietLogger } from "./quiet-logger"

const BUILT = path.resolve(__dirname, "../../dist/src")

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
  clientUrl: string
): Promise<ProviderUnderTest> {
  const provider = loadBuiltProvider(clientUrl)
  const tables = await DatabaseTables.open(clientUrl)

  return {
    cache: provider,
    empty: () => tables.empty(),
    settle: () => tables.settle(),
    async close() {
      await provider.close()
      await tables.close()
    },
  }
}
