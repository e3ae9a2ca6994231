import { asValue } from "@medusajs/framework/awilix"
import type { LoaderOptions } from "@medusajs/framework/types"
import {
  type CachingModuleOptions,
  type CachingPostgresOptions,
  requireDistinctNamespaces,
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
  options,
  moduleOptions,
}: LoaderOptions & {
  moduleOptions?: Record<string, unknown>
}): Promise<void> {
  // Without options of its own a provider is handed the module's in their place.
  const own = moduleOptions ? (options as CachingPostgresOptions) : undefined
  const ofModule = (moduleOptions ?? options ?? {}) as CachingModuleOptions
  const resolved = resolveOptions(own ?? {}, ofModule)
  requireDistinctNamespaces(own, ofModule)
  container.register("cachingPostgresOptions", asValue(resolved))
}
