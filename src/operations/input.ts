import type { ICachingProviderService } from "@medusajs/framework/types"
import { MedusaError } from "@medusajs/framework/utils"
import { canonicalName } from "../digests"
import { describe, parseTtl } from "../options"
import type { Clear, NewEntry } from "../types"

export type GetInput = Parameters<ICachingProviderService["get"]>[0]
export type ClearInput = Parameters<ICachingProviderService["clear"]>[0]
/** Wider than Medusa's type, which asks for an object: whatever JSON can express is stored. */
export type SetInput = Omit<
  Parameters<ICachingProviderService["set"]>[0],
  "data" | "ttl"
> & { data: unknown; ttl?: number | string | null }

/** The tag that stands for the whole namespace. */
const EVERYTHING = "*"

/**
 * @returns the key, or, without a key, the tags; `undefined` when neither is given
 * @throws {MedusaError} on input that is not what it should be
 */
export function readGet(
  input: GetInput
): { key: string } | { key: undefined; tags: string[] } | undefined {
  const key = readKey("get", readInput("get", input).key)
  if (key !== undefined) {
    return { key }
  }
  const tags = readTags("get", input.tags)
  return tags.length > 0 ? { key, tags } : undefined
}

/**
 * @param defaultTtl seconds
 * @throws {MedusaError} on input that cannot be stored
 */
export function readSet(
  input: SetInput,
  defaultTtl: number
): NewEntry & { key: string } {
  const key = readKey("set", readInput("set", input).key)
  if (key === undefined) {
    throw invalidInput(
      `set: "key" must be a string that is not empty, got ${describe(input.key)}`
    )
  }
  return {
    key,
    name: canonicalName(key),
    ttl: readTtl(key, input.ttl, defaultTtl),
    tags: readTags("set", input.tags),
    autoInvalidate: readOptions("set", input.options)?.autoInvalidate ?? true,
    data: readData(key, input.data),
  }
}

/**
 * @returns `undefined` when there is nothing to remove
 * @throws {MedusaError} on input that is not what it should be
 */
export function readClear(input: ClearInput): Clear | undefined {
  const key = readKey("clear", readInput("clear", input).key)
  const tags = key === undefined ? readTags("clear", input.tags) : []
  const options = readOptions("clear", input.options)

  const autoOnly = options !== undefined
  if (tags.includes(EVERYTHING)) {
    return { names: [], tags: [], everything: true, autoOnly: false }
  }
  if (autoOnly && options.autoInvalidate !== true) {
    return undefined
  }
  if (key === undefined && tags.length === 0) {
    return undefined
  }
  const names = key === undefined ? [] : [canonicalName(key)]
  return { names, tags, everything: false, autoOnly }
}

/** A call that cannot be carried out, whatever the state of the cache; nothing was changed. */
function invalidInput(message: string): MedusaError {
  return new MedusaError(
    MedusaError.Types.INVALID_ARGUMENT,
    `[caching-postgres] ${message}`
  )
}

/**
 * @returns the argument of an operation
 * @throws {MedusaError} when it is not an object
 */
function readInput<T extends object>(operation: string, input: T): T {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw invalidInput(
      `${operation}: the argument must be an object with "key" or "tags", got ${describe(input)}`
    )
  }
  return input
}

/**
 * @returns the key; `undefined` when none was given, which an empty string counts as
 * @throws {MedusaError} when it is not a string
 */
function readKey(operation: string, key: unknown): string | undefined {
  if (key === undefined || key === null || key === "") {
    return undefined
  }
  if (typeof key !== "string") {
    throw invalidInput(
      `${operation}: "key" must be a string, got ${describe(key)}`
    )
  }
  return key
}

/**
 * @returns the tags, each once
 * @throws {MedusaError} when it is not an array of strings
 */
function readTags(operation: string, tags: unknown): string[] {
  if (tags === undefined || tags === null) {
    return []
  }
  if (!Array.isArray(tags)) {
    throw invalidInput(
      `${operation}: "tags" must be an array of strings, got ${describe(tags)}`
    )
  }
  const unique = new Set<string>()
  for (const tag of tags as unknown[]) {
    if (typeof tag !== "string") {
      throw invalidInput(
        `${operation}: "tags" must hold strings only, got ${describe(tag)} among them`
      )
    }
    unique.add(tag)
  }
  return [...unique]
}

/**
 * @returns the options; `undefined` when none were given
 * @throws {MedusaError} when they are not an object, or a flag is not a boolean
 */
function readOptions(
  operation: string,
  options: unknown
): { autoInvalidate?: boolean } | undefined {
  if (options === undefined || options === null) {
    return undefined
  }
  if (typeof options !== "object" || Array.isArray(options)) {
    throw invalidInput(
      `${operation}: "options" must be an object, got ${describe(options)}`
    )
  }
  const { autoInvalidate } = options as { autoInvalidate?: unknown }
  if (
    autoInvalidate !== undefined &&
    autoInvalidate !== null &&
    typeof autoInvalidate !== "boolean"
  ) {
    throw invalidInput(
      `${operation}: "options.autoInvalidate" must be true, false or left out, got ${describe(autoInvalidate)}`
    )
  }
  return { autoInvalidate: autoInvalidate ?? undefined }
}

/**
 * @returns seconds; `Infinity`: no expiry; negative: the entry is to be gone
 * @throws {MedusaError} when it is not a TTL
 */
function readTtl(key: string, ttl: unknown, defaultSeconds: number): number {
  if (ttl === undefined || ttl === null) {
    return defaultSeconds
  }
  const seconds = parseTtl(ttl)
  if (seconds === undefined) {
    throw invalidInput(
      `set: "ttl" of key ${describe(key)} must be a number of seconds (0 and Infinity: it never expires), got ${describe(ttl)}`
    )
  }
  return seconds
}

/**
 * @returns the value as JSON
 * @throws {MedusaError} naming the key, when JSON cannot express it
 */
function readData(key: string, data: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(data)
  } catch (error) {
    throw invalidInput(
      `set: the data of key ${describe(key)} cannot be stored as JSON: ${reasonOf(error)}`
    )
  }
  if (json === undefined) {
    throw invalidInput(
      `set: the data of key ${describe(key)} cannot be stored as JSON: got ${typeof data}`
    )
  }
  return json
}

/** Whatever a `toJSON` may throw. */
function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    return error.message
  }
  return typeof error === "string" ? error : `${describe(error)} was thrown`
}
