import type { CircuitBreaker } from "../faults"
import type { Log } from "../log"
import type { NearCache } from "../near-cache"
import type { Metrics } from "../telemetry"
import type { Storage } from "./storage"

export interface Context extends Storage {
  readonly near?: NearCache
  readonly reads: CircuitBreaker
  readonly log: Log
  readonly metrics: Metrics
  failed(what: string, error: unknown): Promise<void>
}
