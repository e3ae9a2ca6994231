import type { MedusaContainer } from "@medusajs/framework/types"
import { Modules } from "@medusajs/framework/utils"
import { PostgresCachingProvider } from "./services"

/** What Medusa's Caching Module has from 2.11.1 on, though its types do not show it. */
interface CachingModule {
  readonly defaultProviderId: string
  readonly providerService: { retrieveProvider(id: string): unknown }
}

/**
 * Finds the provider that caches for this shop, for what the Caching Module does not pass on: `stats()` and `sweep()`.
 *
 * @param container the shop's, such as `req.scope` or what a job or subscriber is given
 * @param id of the registration in `medusa-config`; default: the default provider
 * @throws when caching is off, or when the registration is missing or is another provider
 */
export function cachingPostgres(
  container: MedusaContainer,
  id?: string
): PostgresCachingProvider {
  const caching = container.resolve<CachingModule | undefined>(
    Modules.CACHING,
    { allowUnregistered: true }
  )
  if (!caching) {
    throw new Error(
      "[caching-postgres] the Caching Module is not loaded; is the feature flag `caching` on?"
    )
  }
  const providerId = id ?? caching.defaultProviderId
  const provider = caching.providerService.retrieveProvider(providerId)
  // By its name, as the shop may register another copy of this package.
  const { identifier } = (provider as { constructor: { identifier?: string } })
    .constructor
  if (identifier !== PostgresCachingProvider.identifier) {
    throw new Error(
      `[caching-postgres] the provider "${providerId}" is not one of medusa-caching-postgres`
    )
  }
  return provider as PostgresCachingProvider
}
