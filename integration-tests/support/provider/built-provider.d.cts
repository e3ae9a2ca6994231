import type { CachingPostgresOptions } from "../../../src"
import type { PostgresCachingProvider } from "../../../src/services"

type Level = "debug" | "info" | "warn" | "error"

/** @param logger what it lacks is not logged */
export function builtProvider(
  clientUrl: string,
  options?: CachingPostgresOptions,
  logger?: Partial<Record<Level, (message: string) => unknown>>
): PostgresCachingProvider
