export type { Read } from "./async-contexts"
export { LoadTimes } from "./load-times"
export { MAX_FILL_MS, Misses } from "./misses"
export { BEFORE_ALL, UNCHECKED, type ReadVersion } from "./read-version"
