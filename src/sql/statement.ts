import { createHash } from "node:crypto"

export interface Statement {
  /** What it does, in a word or two, for those who watch. */
  readonly summary: string
  /** The name it is prepared under, once a connection. */
  readonly name: string
  readonly text: string
}

/** Names are cut by PostgreSQL after 63 bytes. */
const FINGERPRINT_LENGTH = 8

/** What the options add to statements. */
export interface Features {
  /** Whether the leases of all processes are kept in the table of leases. */
  readonly sharedLeases: boolean
  /** Seconds for which an entry is kept after its TTL. */
  readonly graceSeconds: number
}

export const NO_FEATURES: Features = { sharedLeases: false, graceSeconds: 0 }

/**
 * Makes a statement that is written once and bound to a schema later. Its name carries a
 * fingerprint of its text, so that two versions of this package never meet under one name behind a
 * pooler that shares server connections.
 */
export function statement(
  name: string,
  write: (tables: Tables, features: Features) => string
): (tables: Tables, features?: Features) => Statement {
  return (tables, features = NO_FEATURES) => {
    const text = write(tables, features).trim()
    const fingerprint = createHash("sha256")
      .update(text)
      .digest("hex")
      .slice(0, FINGERPRINT_LENGTH)
    return {
      summary: name,
      name: `caching_postgres_${name}_${fingerprint}`,
      text,
    }
  }
}

/** The names of the tables without their schema; long enough to clash with nothing of a shop's. */
export const ENTRY = "caching_postgres_entry"
export const ENTRY_TAG = "caching_postgres_entry_tag"
export const ENTRY_OPTION = "caching_postgres_entry_option"
export const SWEEP = "caching_postgres_sweep"
export const INVALIDATION = "caching_postgres_invalidation"
export const MINUTE = "caching_postgres_minute"
export const LEASE = "caching_postgres_lease"
export const INVALIDATE = "caching_postgres_invalidate"
export const IS_INVALIDATED = "caching_postgres_is_invalidated"
export const REMOVE_INVALIDATED = "caching_postgres_remove_invalidated"
export const STALE_FILLS = "caching_postgres_stale_fills"
export const TAKE_LEASE = "caching_postgres_take_lease"

/** The tables and functions that statements name. */
const NAMES = {
  entry: ENTRY,
  tag: ENTRY_TAG,
  option: ENTRY_OPTION,
  sweep: SWEEP,
  invalidation: INVALIDATION,
  minute: MINUTE,
  lease: LEASE,
  invalidate: INVALIDATE,
  isInvalidated: IS_INVALIDATED,
  removeInvalidated: REMOVE_INVALIDATED,
  staleFills: STALE_FILLS,
  takeLease: TAKE_LEASE,
}

export const TABLE_NAMES = [
  ENTRY,
  ENTRY_TAG,
  ENTRY_OPTION,
  SWEEP,
  INVALIDATION,
  MINUTE,
  LEASE,
]

/** Quoted and schema-qualified, ready to stand in a statement. */
export type Tables = {
  readonly [name in keyof typeof NAMES | "schema"]: string
}

/** Ids that the sets of one transaction may give: its number times this, plus a position. */
const IDS_A_TRANSACTION = 128

/**
 * The id of an entry: larger than that of every entry set by an earlier transaction, in whichever process. So
 * eviction finds the oldest, and a clear knows which entries were set before it.
 *
 * @param position of the entry in its statement, below 128
 */
export function entryId(position: string): string {
  return `pg_catalog.pg_current_xact_id()::text::bigint * ${IDS_A_TRANSACTION} + ${position}::bigint`
}

/** @param schema a validated identifier (see `src/options`) */
export function tablesIn(schema: string): Tables {
  const qualified = Object.entries(NAMES).map(([name, own]) => [
    name,
    `"${schema}"."${own}"`,
  ])
  return { ...Object.fromEntries(qualified), schema } as Tables
}

/**
 * The number of an advisory lock. All users of a database share these numbers: a digest keeps clear
 * of theirs.
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
