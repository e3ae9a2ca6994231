import type { ResolvedOptions } from "../options"
import type { PostgresCachingProvider } from "../services"
import { Database } from "./database"
import { KeptLogger } from "./kept-logger"

/** Whoever clears a large namespace by hand waits until it is done; a shop must not. */
const PATIENCE_MS = 3_600_000

/**
 * Lends a provider that sweeps only when told to.
 *
 * @throws {CommandError} when the database cannot be reached
 */
export async function withProvider<T>(
  options: ResolvedOptions,
  use: (provider: PostgresCachingProvider, logger: KeptLogger) => Promise<T>
): Promise<T> {
  // Asked first, since a provider answers that it cannot connect in as many ways as it has calls.
  await Database.with(options, async () => {})
  // Loads Medusa's framework, for which --help need not wait.
  const { PostgresCachingProvider } = await import("../services/index.js")
  const logger = new KeptLogger()
  const provider = new PostgresCachingProvider({
    logger: logger.asMedusaLogger,
    cachingPostgresOptions: {
      ...options,
      sweep: false,
      timeouts: {
        ...options.timeouts,
        setMillis: PATIENCE_MS,
        clearMillis: PATIENCE_MS,
      },
    },
  })
  try {
    return await use(provider, logger)
  } finally {
    await provider.close()
  }
}
