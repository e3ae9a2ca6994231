import { type Row, uuidArray } from "../connection"
import type { Position } from "../late-fill"
import type { Context } from "./context"

/** Stamped where nothing was cleared yet, so that there is a position. */
const NOTHING = "00000000-0000-0000-0000-000000000000"

/**
 * Notes that keys or tags are being cleared; sent before the statements that remove the entries, over the same
 * connection, where one is carried out after the other.
 *
 * @param digests of keys or tags
 * @returns whether there may be entries with tags of these digests
 */
export async function stamp(
  { pool, statements, stampLock }: Context,
  digests: readonly string[],
  automatic: boolean
): Promise<boolean> {
  const [row] = await pool.write(statements.stamp, [
    stampLock,
    uuidArray(digests),
    automatic,
  ])
  return row![0] !== "0"
}

/** @returns the newest stamp's, which is made where there is none */
export async function currentPosition({
  pool,
  statements,
  stampLock,
}: Context): Promise<Position> {
  const [newest] = await pool.read(statements.newestStamp, [])
  if (newest) {
    return positionOf(newest)
  }
  await pool.read(statements.stamp, [stampLock, uuidArray([NOTHING]), false])
  const [first] = await pool.read(statements.newestStamp, [])
  return positionOf(first!)
}

/** @param row at and era */
function positionOf([at, era]: Row): Position {
  return { at: at!, era: era! }
}
