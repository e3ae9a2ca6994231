export { CircuitBreaker } from "./circuit-breaker"
export {
  isConnectionLost,
  isOutage,
  isReadOnly,
  ReadOnlyError,
  TimeLimitError,
} from "./outage"
