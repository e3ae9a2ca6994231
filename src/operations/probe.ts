import type { Context } from "./context"

/** A key that no digest is likely to give. */
const NO_KEY = "00000000-0000-0000-0000-000000000000"

/** Resolves when the database can be reached and the table of the entries read. */
export async function probe({
  pool,
  statements,
  namespace,
}: Context): Promise<void> {
  await pool.probe(statements.getByKey, [namespace, NO_KEY])
}
