export { NearCache, type NearCacheStats } from "./near-cache"
