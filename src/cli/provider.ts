import type { Logger } from "@medusajs/framework/types"
import type { ResolvedOptions } from "../options"
import type { PostgresCachingProvider } from "../services"
import { Database } from "./database"

/** An operator waits until a large clear is done; a shop must not. */
const TIMEOUT_MS = 3_600_000

/**
 * Lends a provider that sweeps only when asked to.
 *
 * @param use gets the provider and the list of its warnings, without their beginning "[caching-postgres] what: "
 * @throws {CommandError} when the database cannot be reached
 */
export async function withProvider<T>(
  options: ResolvedOptions,
  use: (provider: PostgresCachingProvider, warnings: string[]) => Promise<T>
): Promise<T> {
  // A provider does not fail when it cannot connect; this does.
  await Database.with(options, async () => {})
  // Loads Medusa's framework, which --help must not need.
  const { PostgresCachingProvider } = await import("../services/index.js")
  const warnings: string[] = []
  const keep = (line: string) =>
    warnings.push(line.replace(/^\[caching-postgres\] [^:]*: /, ""))
  const ignore = () => {}
  const provider = new PostgresCachingProvider({
    logger: {
      error: keep,
      warn: keep,
      info: ignore,
      debug: ignore,
    } as unknown as Logger,
    cachingPostgresOptions: {
      ...options,
      sweep: false,
      timeouts: {
        ...options.timeouts,
        setMillis: TIMEOUT_MS,
        clearMillis: TIMEOUT_MS,
      },
    },
  })
  try {
    return await use(provider, warnings)
  } finally {
    await provider.close()
  }
}
