/** The names of the tables without their schema; long enough to clash with nothing of a shop's. */
export const ENTRY = "caching_postgres_entry"
export const ENTRY_TAG = "caching_postgres_entry_tag"
export const ENTRY_OPTION = "caching_postgres_entry_option"
export const SWEEP = "caching_postgres_sweep"
export const STAMP = "caching_postgres_stamp"
export const ENTRY_ID_SEQUENCE = "caching_postgres_entry_id_seq"
export const STAMP_NAMES = "caching_postgres_stamp_names"
export const LATE_FILLS = "caching_postgres_late_fills"

/** Quoted and schema-qualified, ready to stand in a statement. */
export interface Tables {
  readonly schema: string
  readonly entry: string
  readonly tag: string
  readonly option: string
  readonly sweep: string
  readonly stamp: string
  readonly idSequence: string
  /** The function that stamps. */
  readonly stampNames: string
  /** The function that finds late fills. */
  readonly lateFills: string
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
    stamp: inSchema(STAMP),
    idSequence: inSchema(ENTRY_ID_SEQUENCE),
    stampNames: inSchema(STAMP_NAMES),
    lateFills: inSchema(LATE_FILLS),
  }
}
