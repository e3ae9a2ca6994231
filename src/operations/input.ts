import { MedusaError } from "@medusajs/framework/utils"
import { describe, parseTtl } from "../options"

/** The shared part of what get, set and clear take. */
export interface Selection {
  key?: string
  tags?: string[]
}

export interface EntryOptions {
  autoInvalidate?: boolean
}

/** A call that cannot be carried out, whatever the state of the cache; nothing was changed. */
export function invalidInput(message: string): MedusaError {
  return new MedusaError(
    MedusaError.Types.INVALID_ARGUMENT,
    `[caching-postgres] ${message}`
  )
}

/**
 * @returns the argument of an operation
 * @throws {MedusaError} when it is not an object
 */
export function readInput<T extends object>(operation: string, input: T): T {
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
export function readKey(operation: string, key: unknown): string | undefined {
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
export function readTags(operation: string, tags: unknown): string[] {
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
export function readOptions(
  operation: string,
  options: unknown
): EntryOptions | undefined {
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
 * @returns seconds; `Infinity` for ever, negative for an entry that is to be gone
 * @throws {MedusaError} when it is not a TTL
 */
export function readTtl(
  key: string,
  ttl: unknown,
  defaultSeconds: number
): number {
  if (ttl === undefined || ttl === null) {
    return defaultSeconds
  }
  const seconds = parseTtl(ttl)
  if (seconds === undefined) {
    throw invalidInput(
      `set: "ttl" of key ${describe(key)} must be a number of seconds (0 and Infinity: for ever), got ${describe(ttl)}`
    )
  }
  return seconds
}

/**
 * @returns the value as JSON
 * @throws {MedusaError} naming the key, when JSON cannot express it
 */
export function readData(key: string, data: unknown): string {
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
