export { openTelemetryApi, type OpenTelemetryApi } from "./api"
export {
  type CacheSize,
  type Counts,
  Metrics,
  type OperationName,
  type PoolUse,
} from "./metrics"
export { StatementSpans } from "./statement-spans"
