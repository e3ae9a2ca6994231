export * from "./binary-array"
export { APPLICATION_NAME, clientConfig } from "./client-config"
export type { Parameter, Row } from "./connection"
export { CachePool } from "./pool"
