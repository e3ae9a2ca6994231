/**
 * A place in the order of clears: the newest stamp that could be seen at a moment. Whatever was cleared
 * since has a stamp behind it. The numbers are as PostgreSQL writes them.
 */
export interface Position {
  readonly at: string
  /** Changes when the stamps are lost, as after a crash. */
  readonly era: string
}

/** Of a set that follows no miss: never too late. */
export const NO_MISS: Position = { at: "-1", era: "0" }
/** Before every stamp there ever was: always too late. */
export const BEFORE_ALL: Position = { at: "0", era: "0" }
