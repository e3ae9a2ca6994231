import { asValue } from "@medusajs/framework/awilix"
import type { LoaderOptions, Logger } from "@medusajs/framework/types"
import {
  type CachingModuleOptions,
  type CachingPostgresOptions,
  OptionError,
  requireDistinctNamespaces,
  requireSameStorage,
  resolveOptions,
} from "../options"

/**
 * Resolves the provider's options and registers them for the service. Only a loader receives them:
 * the service's constructor gets the Caching Module's.
 *
 * Its name makes Medusa use it in place of the loader that opens a MikroORM connection for a
 * module's models. It connects to nothing itself: loaders also run in `medusa db:migrate`, before
 * the tables exist.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- the rejection must reach Medusa as one
export async function connectionLoader({
  container,
  logger,
  options,
  moduleOptions,
}: LoaderOptions & {
  moduleOptions?: Record<string, unknown>
}): Promise<void> {
  // Without options of its own a provider is handed the module's in their place.
  const own = moduleOptions ? (options as CachingPostgresOptions) : undefined
  const ofModule = (moduleOptions ?? options ?? {}) as CachingModuleOptions
  try {
    const resolved = resolveOptions(own ?? {}, ofModule)
    requireDistinctNamespaces(own, ofModule)
    requireSameStorage(own, ofModule)
    container.register("cachingPostgresOptions", asValue(resolved))
  } catch (error) {
    throw error instanceof OptionError && logger
      ? reported(error, logger)
      : error
  }
}

/**
 * Logs what is wrong, each option in a line of its own, before Medusa does: Medusa writes the error that stops
 * the start four times, first as JSON of its enumerable properties, and once amid a stack.
 *
 * @returns what stops the start
 */
function reported({ lines }: OptionError, logger: Logger): Error {
  for (const line of lines) {
    logger.error(line)
  }
  // Without a message at first: assigned later, it is enumerable.
  return Object.assign(new Error(), {
    message:
      "[caching-postgres] medusa-config has wrong options, named in the log before this",
  })
}
