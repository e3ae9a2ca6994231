export { CircuitBreaker } from "./circuit-breaker"
export {
  isConnectionLost,
  isOutage,
  isReadOnly,
  ReadOnlyError,
  TimeLimitError,
} from "./outage"
export { type Clear, PendingClears } from "./pending-clears"
