export type { ReadEntry } from "./copies"
export { NearCache, type NearCacheStats } from "./near-cache"
