/**
 * A read version: the newest invalidation record that could be seen at a moment. Whatever was cleared since has a
 * record with a larger number. The numbers are as PostgreSQL writes them.
 */
export interface Position {
  readonly at: string
  /** Changes when the records are lost, as after a crash. */
  readonly era: string
}

/** Of a set that follows no miss: it is never refused. */
export const NO_MISS: Position = { at: "-1", era: "0" }
/** Older than every record: a set that follows it is always refused. */
export const BEFORE_ALL: Position = { at: "0", era: "0" }

/** @returns whether one is as old as the other or older; numbers of two eras have no order */
export function isOlder(one: Position, other?: Position): boolean {
  return one.era === other?.era && BigInt(one.at) <= BigInt(other.at)
}

/** @returns a read version that is not newer than either */
export function olderOf(one: Position, other: Position = one): Position {
  if (one.era !== other.era) {
    return BEFORE_ALL
  }
  return isOlder(one, other) ? one : other
}
