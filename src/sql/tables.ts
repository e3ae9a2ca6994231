/** The names of the tables without their schema; long enough to clash with nothing of a shop's. */
export const ENTRY = "caching_postgres_entry"
export const ENTRY_TAG = "caching_postgres_entry_tag"
export const ENTRY_OPTION = "caching_postgres_entry_option"
export const SWEEP = "caching_postgres_sweep"
export const INVALIDATION = "caching_postgres_invalidation"
export const MINUTE = "caching_postgres_minute"
export const INVALIDATE = "caching_postgres_invalidate"
export const IS_INVALIDATED = "caching_postgres_is_invalidated"
export const REMOVE_INVALIDATED = "caching_postgres_remove_invalidated"
export const STALE_FILLS = "caching_postgres_stale_fills"

/** All of them. */
export const TABLE_NAMES = [
  ENTRY,
  ENTRY_TAG,
  ENTRY_OPTION,
  SWEEP,
  INVALIDATION,
  MINUTE,
]

/** Ids that the sets of one transaction may give: its number times this, plus a position. */
const IDS_A_TRANSACTION = 128

/** Quoted and schema-qualified, ready to stand in a statement. */
export interface Tables {
  readonly schema: string
  readonly entry: string
  readonly tag: string
  readonly option: string
  readonly sweep: string
  readonly invalidation: string
  readonly minute: string
  /** Functions, see the migration. */
  readonly invalidate: string
  readonly isInvalidated: string
  readonly removeInvalidated: string
  readonly staleFills: string
}

/**
 * The id of an entry: larger than that of every entry set by an earlier transaction, in whichever process. So
 * eviction finds the oldest, and a clear knows which entries were set before it.
 *
 * @param position of the entry in its statement, below 128
 */
export function entryId(position: string): string {
  return `pg_catalog.pg_current_xact_id()::text::bigint * ${IDS_A_TRANSACTION} + ${position}::bigint`
}

/** @param schema a validated identifier (see `options/validate.ts`) */
export function tablesIn(schema: string): Tables {
  const inSchema = (name: string) => `"${schema}"."${name}"`
  return {
    schema,
    entry: inSchema(ENTRY),
    tag: inSchema(ENTRY_TAG),
    option: inSchema(ENTRY_OPTION),
    sweep: inSchema(SWEEP),
    invalidation: inSchema(INVALIDATION),
    minute: inSchema(MINUTE),
    invalidate: inSchema(INVALIDATE),
    isInvalidated: inSchema(IS_INVALIDATED),
    removeInvalidated: inSchema(REMOVE_INVALIDATED),
    staleFills: inSchema(STALE_FILLS),
  }
}
