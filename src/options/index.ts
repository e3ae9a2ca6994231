export { describe, OptionError } from "./readers"
export * from "./resolve"
export type * from "./types"
