/** As the results call them. */
export const PROVIDERS = ["postgres", "redis", "memory", "textbook"] as const

export type ProviderName = (typeof PROVIDERS)[number]

/** Memory is each process's own; the others share what they store. */
export function isShared(provider: ProviderName): boolean {
  return provider !== "memory"
}
