import { dynamicImport, Modules } from "@medusajs/framework/utils"
import type {
  CachingModuleOptions,
  CachingPostgresOptions,
} from "../../options"
import { PostgresCachingProvider } from "../../services"

/** The Caching Module by its names as a package. */
const CACHING_MODULE = ["@medusajs/medusa/caching", "@medusajs/caching"]

/** Where a shop's configuration registers this provider. */
export interface Registration {
  readonly id: string
  readonly options: CachingPostgresOptions | undefined
  readonly form: Form
}

/**
 * What `resolve` is: a name, as it should be; the package's exports object, as `require` returns it; or the
 * provider itself, as `import x from` gives it.
 */
export type Form = "name" | "exports" | "provider"

interface ModuleConfig {
  resolve?: unknown
  disable?: boolean
  options?: CachingModuleOptions
}

/** @param folder where the shop's packages and files are resolved from */
export async function findRegistrations(
  modules: Record<string, unknown>,
  folder: string
): Promise<Registration[]> {
  const registrations: Registration[] = []
  for (const { options } of cachingModules(modules)) {
    for (const provider of options?.providers ?? []) {
      if (await isOurs(provider.resolve, folder)) {
        registrations.push({
          id: provider.id ?? "",
          options: provider.options,
          form: formOf(provider.resolve),
        })
      }
    }
  }
  return registrations
}

function cachingModules(modules: Record<string, unknown>): ModuleConfig[] {
  return Object.entries(modules)
    .filter(
      (entry): entry is [string, ModuleConfig] =>
        typeof entry[1] === "object" && entry[1] !== null
    )
    .filter(
      ([key, { resolve, disable }]) =>
        !disable &&
        (key === Modules.CACHING || CACHING_MODULE.includes(resolve as string))
    )
    .map(([, module]) => module)
}

/** As Medusa tells them apart (`loadInternalProvider` of its `modules-sdk`). */
function formOf(resolve: unknown): Form {
  if (typeof resolve === "string") {
    return "name"
  }
  return (resolve as { services?: unknown }).services ? "provider" : "exports"
}

/**
 * Known by the name of its service rather than by being this very code: the command may run from
 * another copy of the package than the shop, and a shop may wrap the provider in a module of its own.
 */
async function isOurs(resolve: unknown, folder: string): Promise<boolean> {
  const loaded = (
    typeof resolve === "string" ? await load(resolve, folder) : resolve
  ) as { default?: unknown } | undefined
  const { services } = (loaded?.default ?? loaded ?? {}) as {
    services?: unknown
  }
  return (
    Array.isArray(services) &&
    services.some(
      (service: { identifier?: unknown } | undefined) =>
        service?.identifier === PostgresCachingProvider.identifier
    )
  )
}

async function load(resolve: string, folder: string): Promise<unknown> {
  try {
    return await dynamicImport(require.resolve(resolve, { paths: [folder] }))
  } catch {
    // Another provider, which is not for this command to load.
    return undefined
  }
}
