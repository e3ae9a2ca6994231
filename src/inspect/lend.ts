import type { Logger } from "@medusajs/framework/types"
import type { ResolvedOptions } from "../options"
import type { Router } from "../servers"
import type { PostgresCachingProvider } from "../services"
import type { Database } from "./database"

/** An operator waits until a large clear is done; a shop must not. */
const TIMEOUT_MS = 3_600_000

/**
 * Lends a provider that sweeps only when asked to, in place of a connection: a pooler may not have one more.
 *
 * @param database is closed first
 * @param use gets the provider and the list of its warnings, without their beginning "[caching-postgres] what: "
 */
export async function withProvider<T>(
  database: Database,
  use: (provider: PostgresCachingProvider, warnings: string[]) => Promise<T>
): Promise<T> {
  await database.close()
  const { options } = database
  // Loads Medusa's framework, which the command line's --help must not need.
  const { PostgresCachingProvider } = await import("../services/index.js")
  const warnings: string[] = []
  const keep = (line: string) =>
    warnings.push(line.replace(/^\[caching-postgres\] [^:]*: /, ""))
  const timeouts = {
    getMillis: options.timeouts.getMillis,
    writeMillis: TIMEOUT_MS,
  }
  const provider = new PostgresCachingProvider({
    logger: loggerThat(keep),
    // Whether the shop has near caches is not known where only a database's URL was given.
    cachingPostgresOptions: {
      ...options,
      sweep: false,
      timeouts,
      announces: true,
    },
  })
  return use(provider, warnings).finally(() => provider.close())
}

/** Lends the several servers of a cache, without a sweep. */
export async function withServers<T>(
  options: ResolvedOptions,
  use: (router: Router) => Promise<T>
): Promise<T> {
  const { Router } = await import("../servers/index.js")
  const opened = new Router({
    logger: loggerThat(() => {}),
    cachingPostgresOptions: { ...options, sweep: false },
  })
  return use(opened).finally(() => opened.close())
}

function loggerThat(keep: (line: string) => void): Logger {
  const ignore = () => {}
  const logger = { error: keep, warn: keep, info: ignore, debug: ignore }
  return logger as unknown as Logger
}
