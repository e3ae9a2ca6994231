/**
 * A read version: the newest invalidation record that could be seen at a moment. Whatever was cleared since has a
 * record with a larger number. The numbers are as PostgreSQL writes them.
 */
export interface ReadVersion {
  readonly version: string
  /** Changes when the records are lost, as after a crash. */
  readonly epoch: string
}

/** In place of the read version of a set that follows no miss: such a set is not checked. */
export const UNCHECKED: ReadVersion = { version: "-1", epoch: "0" }
/** Older than every record: a set that follows it is always rejected. */
export const BEFORE_ALL: ReadVersion = { version: "0", epoch: "0" }

/** @returns whether one is as old as the other or older; numbers of two epochs have no order */
export function isOlder(one: ReadVersion, other?: ReadVersion): boolean {
  return (
    one.epoch === other?.epoch && BigInt(one.version) <= BigInt(other.version)
  )
}

/** @returns a read version that is not newer than either */
export function olderOf(
  one: ReadVersion,
  other: ReadVersion = one
): ReadVersion {
  if (one.epoch !== other.epoch) {
    return BEFORE_ALL
  }
  return isOlder(one, other) ? one : other
}
