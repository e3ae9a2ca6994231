export { MinuteReports } from "./minute-reports"
export { type CacheStats, readStats, type Usage } from "./stats"
