import { createHash } from "node:crypto"

export interface Statement {
  /** A short name, for spans and the log. */
  readonly summary: string
  /** The name it is prepared under, once a connection. */
  readonly name: string
  readonly text: string
}

const TABLES = {
  entry: "caching_postgres_entry",
  tag: "caching_postgres_entry_tag",
  option: "caching_postgres_entry_option",
  sweep: "caching_postgres_sweep",
  invalidation: "caching_postgres_invalidation",
  minute: "caching_postgres_minute",
  process: "caching_postgres_process",
  lease: "caching_postgres_lease",
}
/** Logged whatever the option says, as it says how the rest is used: a crash must not empty it. */
const LIST = { server: "caching_postgres_server" }
const FUNCTIONS = {
  invalidate: "caching_postgres_invalidate",
  isInvalidated: "caching_postgres_is_invalidated",
  removeInvalidated: "caching_postgres_remove_invalidated",
  staleFills: "caching_postgres_stale_fills",
  takeLease: "caching_postgres_take_lease",
}

/** Tables and functions without their schema. The names are long enough to clash with nothing of a shop's. */
export const NAMES = { ...TABLES, ...LIST, ...FUNCTIONS }
/** Of those that are all logged or all unlogged. */
export const TABLE_NAMES = Object.values(TABLES)
export const ALL_TABLE_NAMES = [...TABLE_NAMES, LIST.server]
export const FUNCTION_NAMES = Object.values(FUNCTIONS)

/** What options add to statements. */
export interface Features {
  /** Whether leases are kept in a table, for all processes. */
  readonly sharedLeases: boolean
  /** Seconds for which an entry is kept after the end of its TTL. */
  readonly graceSeconds: number
  /** Whether other servers hold other keys of the same cache. */
  readonly isOneOfSeveral?: boolean
}

/** Quoted and schema-qualified, ready to stand in a statement; and what else a statement depends on. */
export type Tables = Features & {
  readonly [name in keyof typeof NAMES | "schema"]: string
}

/** @param schema a validated identifier (see `src/options`) */
export function tablesIn(
  schema: string,
  features: Features = {
    sharedLeases: false,
    graceSeconds: 0,
  }
): Tables {
  const qualified = Object.entries(NAMES).map(([name, own]) => [
    name,
    `"${schema}"."${own}"`,
  ])
  return { ...Object.fromEntries(qualified), schema, ...features } as Tables
}

/**
 * The number of an advisory lock. All users of a database share these numbers: a digest keeps clear of theirs.
 *
 * @param purpose "sweep": one process is elected; "invalidation": clears take their turn with sets that follow a miss
 */
export function advisoryLock(
  purpose: "sweep" | "invalidation",
  schema: string
): string {
  return createHash("sha256")
    .update(`medusa-caching-postgres ${purpose} ${schema}`)
    .digest()
    .readBigInt64BE()
    .toString()
}
