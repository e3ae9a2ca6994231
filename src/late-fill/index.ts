export type { Read } from "./context"
export { LONGEST_FILL_MS, Misses } from "./misses"
export { BEFORE_ALL, NO_MISS, type Position } from "./position"
