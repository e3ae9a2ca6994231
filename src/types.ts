import type { ReadVersion } from "./stale-fill/read-version"

/** An entry to be stored. */
export interface NewEntry {
  /** The key's canonical name. */
  readonly name: string
  /** The value as JSON. */
  readonly data: string
  readonly tags: readonly string[]
  /** Seconds; `Infinity`: it never expires. */
  readonly ttl: number
  readonly autoInvalidate: boolean
  /** What the miss that the set follows has read; none if it follows no miss. */
  readonly readVersion?: ReadVersion
}

/** What a clear removes. */
export interface Clear {
  /** Canonical names of keys. */
  readonly names: readonly string[]
  readonly tags: readonly string[]
  /** Whether the whole namespace is emptied. */
  readonly everything: boolean
  /** Whether exempt entries, those set with `autoInvalidate: false`, stay. */
  readonly autoOnly: boolean
}

/** What changes the cache. */
export type Change =
  | { readonly kind: "set"; readonly entry: NewEntry }
  | { readonly kind: "clear"; readonly clear: Clear }

/** The tag that stands for all entries of a namespace. */
export const EVERYTHING = "*"

/** The clear of the whole namespace, with exempt entries. */
export const CLEAR_ALL: Clear = {
  names: [],
  tags: [],
  everything: true,
  autoOnly: false,
}

/** The clear of one key, exempt or not. */
export function clearOf(name: string): Clear {
  return { names: [name], tags: [], everything: false, autoOnly: false }
}
