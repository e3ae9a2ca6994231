export type { Fill } from "./copies"
export { NearCache, type NearCacheStats } from "./near-cache"
