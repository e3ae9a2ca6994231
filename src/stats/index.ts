export { type CacheStats, readStats } from "./stats"
