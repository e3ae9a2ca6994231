import type { MedusaContainer } from "@medusajs/framework/types"
import {
  ContainerRegistrationKeys,
  FeatureFlag,
  MedusaError,
  Modules,
} from "@medusajs/framework/utils"
import { cachingPostgres } from "../caching-postgres"
import type { PostgresCachingProvider } from "../services"
import type { Registration } from "./answers"

/** What is read of the shop's configuration. */
interface Config {
  readonly plugins?: readonly (
    string | { resolve?: string; options?: { admin?: { values?: boolean } } }
  )[]
  readonly modules?: Record<
    string,
    { options?: { providers?: { id?: string; is_default?: boolean }[] } }
  >
}

export interface Found extends Registration {
  readonly provider: PostgresCachingProvider
}

const configOf = (container: MedusaContainer) =>
  container.resolve<Config>(ContainerRegistrationKeys.CONFIG_MODULE)

/** The registrations of this provider that serve the shop; none while caching is off. */
export function findProviders(container: MedusaContainer): Found[] {
  if (!FeatureFlag.isFeatureEnabled("caching")) {
    return []
  }
  const { modules } = configOf(container)
  const providers = modules?.[Modules.CACHING]?.options?.providers ?? []
  return providers.flatMap(({ id, is_default }) => {
    try {
      const provider = cachingPostgres(container, id)
      const { namespace } = provider.options
      const isDefault = is_default ?? providers.length === 1
      return [{ id: id!, namespace, is_default: isDefault, provider }]
    } catch {
      // The registration of another package.
      return []
    }
  })
}

/** @param id of a registration; default: the default provider, or else the first of this package */
export function chooseProvider(
  found: readonly Found[],
  id: string | undefined
): Found | undefined {
  if (id === undefined) {
    return found.find(({ is_default }) => is_default) ?? found[0]
  }
  const chosen = found.find((one) => one.id === id)
  if (!chosen) {
    throw new MedusaError(
      MedusaError.Types.NOT_FOUND,
      "No provider of medusa-caching-postgres is registered under this id"
    )
  }
  return chosen
}

/** @throws {MedusaError} where there is none */
export function requireProvider(
  container: MedusaContainer,
  id: string | undefined
): PostgresCachingProvider {
  const chosen = chooseProvider(findProviders(container), id)
  if (!chosen) {
    throw new MedusaError(
      MedusaError.Types.NOT_FOUND,
      "The shop does not cache with medusa-caching-postgres"
    )
  }
  return chosen.provider
}

/** Whether the option `admin.values` of the plugin lets admin users see cached values. */
export function showsValues(container: MedusaContainer): boolean {
  const { plugins = [] } = configOf(container)
  return plugins.some(
    (plugin) =>
      typeof plugin === "object" &&
      /(^|\/)medusa-caching-postgres$/.test(plugin.resolve ?? "") &&
      plugin.options?.admin?.values === true
  )
}

/** The titles of products by their ids; fewer, or none, where the shop's database does not say. */
export async function productTitles(
  container: MedusaContainer,
  ids: readonly string[]
): Promise<Map<string, string>> {
  if (ids.length === 0) {
    return new Map()
  }
  try {
    const query = container.resolve(ContainerRegistrationKeys.QUERY)
    const { data } = await query.graph({
      entity: "product",
      fields: ["id", "title"],
      filters: { id: [...ids] },
    })
    const products = data as { id: string; title: string }[]
    return new Map(products.map(({ id, title }) => [id, title]))
  } catch {
    return new Map()
  }
}
