import { asValue } from "@medusajs/framework/awilix"
import type { ConfigModule, LoaderOptions } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"
import {
  type CachingModuleOptions,
  type CachingPostgresOptions,
  OptionError,
  requireCompatible,
  resolveOptions,
} from "../options"

/**
 * Resolves the provider's options and registers them for the service. Only a loader receives them: the service's
 * constructor gets the Caching Module's.
 *
 * Its name makes Medusa use it in place of the loader that opens a MikroORM connection for a module's models. It
 * connects to nothing itself: loaders also run in `medusa db:migrate`, before the tables exist.
 *
 * @throws where options are wrong, once they are logged, each in a line of its own. Medusa writes the error that
 *   stops the start four times, first as JSON of its enumerable properties, and once amid a stack.
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
    requireCompatible(own, ofModule)
    const workerMode = workerModeOf(container)
    const value = { ...resolved, workerMode }
    container.register("cachingPostgresOptions", asValue(value))
  } catch (error) {
    if (!(error instanceof OptionError && logger)) {
      throw error
    }
    error.lines.forEach((line) => logger.error(line))
    // Without a message at first: assigned later, it is enumerable.
    throw Object.assign(new Error(), {
      message:
        "[caching-postgres] medusa-config has wrong options; the lines before this in the log name them",
    })
  }
}

/** "shared", "server" or "worker". */
function workerModeOf(container: LoaderOptions["container"]) {
  const config = container.resolve(ContainerRegistrationKeys.CONFIG_MODULE, {
    allowUnregistered: true,
  }) as ConfigModule | undefined
  return config?.projectConfig?.workerMode
}
