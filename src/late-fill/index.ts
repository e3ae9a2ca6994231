export { LONGEST_FILL_MS, Misses, type Read } from "./misses"
export { BEFORE_ALL, NO_MISS, type Position } from "./position"
