import { type Row, uuidArray } from "../connection"
import type { Position } from "../late-fill"
import type { Context } from "./context"

/** Stamped where nothing was cleared yet, so that there is a position. */
const NOTHING = "00000000-0000-0000-0000-000000000000"

/**
 * Notes that keys or tags are being cleared; sent before the statements that remove the entries.
 *
 * @param digests of keys or tags
 */
export async function stamp(
  { pool, statements, stampLock }: Context,
  digests: readonly string[],
  automatic: boolean
): Promise<void> {
  await pool.write(statements.stamp, [stampLock, uuidArray(digests), automatic])
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
  const [first] = await pool.read(statements.stamp, [
    stampLock,
    uuidArray([NOTHING]),
    false,
  ])
  return positionOf(first!)
}

/** @param row at and era */
function positionOf([at, era]: Row): Position {
  return { at: at!, era: era! }
}
