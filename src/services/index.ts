export { PostgresCachingProvider } from "./postgres-caching-provider"
