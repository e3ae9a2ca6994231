export { type CacheSize, type Counts, Metrics, type PoolUse } from "./metrics"
export { openTelemetryApi, type OpenTelemetryApi } from "./open-telemetry"
export { StatementSpans } from "./statement-spans"
