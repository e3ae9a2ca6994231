export * from "./circuit-breaker"
export * from "./outage"
