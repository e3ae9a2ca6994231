export * from "./binary-array"
export { APPLICATION_NAME, clientConfig } from "./client-config"
export { CachePool, type Parameter, type Row } from "./pool"
