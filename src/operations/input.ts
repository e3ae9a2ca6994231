import type { ICachingProviderService } from "@medusajs/framework/types"
import type { MedusaError } from "@medusajs/framework/utils"
import { canonicalName } from "../digests"
import { frameworkUtils } from "../framework"
import { describe, parseTtl } from "../options"
import { type Clear, CLEAR_ALL, EVERYTHING, type NewEntry } from "../types"

export type GetInput = Parameters<ICachingProviderService["get"]>[0]
export type ClearInput = Parameters<ICachingProviderService["clear"]>[0]
/** Wider than Medusa's type, which asks for an object: whatever JSON can express is stored. */
export type SetInput = Omit<
  Parameters<ICachingProviderService["set"]>[0],
  "data" | "ttl"
> & { data: unknown; ttl?: number | string | null }

/** @returns the key, or, without a key, the tags; `undefined` when neither is given */
export function readGet(
  input: GetInput
): { key: string } | { key: undefined; tags: string[] } | undefined {
  const key = readKey("get", input)
  if (key !== undefined) {
    return { key }
  }
  const tags = readTags("get", input.tags)
  return tags.length > 0 ? { key, tags } : undefined
}

/** @param defaultTtl seconds */
export function readSet(
  input: SetInput,
  defaultTtl: number
): NewEntry & { key: string } {
  const key = readKey("set", input)
  if (key === undefined) {
    const expected = '"key" must be a string that is not empty'
    check(false, "set", expected, input.key)
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

/** @returns `undefined` when there is nothing to remove */
export function readClear(input: ClearInput): Clear | undefined {
  const key = readKey("clear", input)
  const names = key === undefined ? [] : [canonicalName(key)]
  const tags = key === undefined ? readTags("clear", input.tags) : []
  const options = readOptions("clear", input.options)

  if (tags.includes(EVERYTHING)) {
    return CLEAR_ALL
  }
  const isNothing = names.length === 0 && tags.length === 0
  if (isNothing || (options && options.autoInvalidate !== true)) {
    return undefined
  }
  return { names, tags, everything: false, autoOnly: options !== undefined }
}

/** For a call that cannot be carried out, whatever the state of the cache; nothing was changed. */
function invalid(message: string): MedusaError {
  const { MedusaError } = frameworkUtils()
  const type = MedusaError.Types.INVALID_ARGUMENT
  return new MedusaError(type, `[caching-postgres] ${message}`)
}

/** @throws {MedusaError} unless the input is as expected */
function check(
  isExpected: unknown,
  operation: string,
  expected: string,
  got: unknown
): asserts isExpected {
  if (!isExpected) {
    throw invalid(`${operation}: ${expected}, got ${describe(got)}`)
  }
}

const isGiven = (value: unknown) => value !== undefined && value !== null

/** @returns `undefined` when none was given, which an empty string counts as */
function readKey(
  operation: string,
  input: { key?: string }
): string | undefined {
  check(
    typeof input === "object" && input !== null && !Array.isArray(input),
    operation,
    'the argument must be an object with "key" or "tags"',
    input
  )
  const key: unknown = input.key
  if (!isGiven(key) || key === "") {
    return undefined
  }
  check(typeof key === "string", operation, '"key" must be a string', key)
  return key
}

/** @returns the tags, each once */
function readTags(operation: string, tags: unknown): string[] {
  if (!isGiven(tags)) {
    return []
  }
  const isArray = Array.isArray(tags)
  check(isArray, operation, '"tags" must be an array of strings', tags)
  const unique = new Set<string>()
  for (const tag of tags as unknown[]) {
    const isString = typeof tag === "string"
    check(isString, operation, '"tags" must hold strings only', tag)
    unique.add(tag)
  }
  return [...unique]
}

/** @returns `undefined` when none were given */
function readOptions(
  operation: string,
  options: unknown
): { autoInvalidate?: boolean } | undefined {
  if (!isGiven(options)) {
    return undefined
  }
  const isObject = typeof options === "object" && !Array.isArray(options)
  check(isObject, operation, '"options" must be an object', options)
  const { autoInvalidate } = options as { autoInvalidate?: unknown }
  const flag = autoInvalidate ?? undefined
  check(
    flag === undefined || typeof flag === "boolean",
    operation,
    '"options.autoInvalidate" must be true, false or left out',
    flag
  )
  return { autoInvalidate: flag }
}

/** @returns seconds; `Infinity`: no expiry; negative: the entry is to be gone */
function readTtl(key: string, ttl: unknown, defaultSeconds: number): number {
  const seconds = isGiven(ttl) ? parseTtl(ttl) : defaultSeconds
  if (seconds === undefined) {
    throw invalid(
      `set: "ttl" of key ${describe(key)} must be a number of seconds (0 and Infinity: it never expires), got ${describe(ttl)}`
    )
  }
  return seconds
}

/** @returns the value as JSON */
function readData(key: string, data: unknown): string {
  let reason = `got ${typeof data}`
  try {
    const json = JSON.stringify(data) as string | undefined
    if (json !== undefined) {
      return json
    }
  } catch (error) {
    reason = reasonOf(error)
  }
  throw invalid(
    `set: the data of key ${describe(key)} cannot be stored as JSON: ${reason}`
  )
}

/** Whatever a `toJSON` may throw. */
function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    return error.message
  }
  return typeof error === "string" ? error : `${describe(error)} was thrown`
}
