export { Availability } from "./availability"
export { isConnectionLost, isOutage, TimeLimitError } from "./outage"
export type { Clear } from "./pending-clears"
