import { uuidArray } from "../connection"
import type { Context } from "./context"

/** @returns the value of each live entry that has any of the tags, each once; none gives `[]` */
export async function getByTags(
  { pool, statements, digests, namespace }: Context,
  tags: string[]
): Promise<unknown[]> {
  const rows = await pool.read(statements.getByTags, [
    namespace,
    uuidArray(tags.map((tag) => digests.tag(tag))),
  ])
  return rows.map(([data]) => JSON.parse(data!) as unknown)
}
