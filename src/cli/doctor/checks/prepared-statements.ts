import { randomBytes } from "node:crypto"
import { codeOf } from "../../errors"
import type { Check } from "../check"
import { ok, warning } from "../finding"

/** "Prepared statement does not exist", and "already exists". */
const UNTRACKED = ["26000", "42P05"]

/**
 * Whether a prepared statement is there when it is used again, though another client has prepared one of
 * its name and, behind a pooler, this one may by now be on another connection of the server's.
 */
export const preparedStatementsCheck: Check = async ({ connect }) => {
  const [one, other] = [await connect(), await connect()]
  const name = `caching_postgres_doctor_${randomBytes(8).toString("hex")}`
  const statement = { name, text: "select $1::int", values: [1] }
  try {
    await one.query(statement)
    // Its transaction holds on to the server's connection that the first one had.
    await other.query("begin")
    // Awaited only after the commit: it may be in want of that very connection.
    const again = one.query(statement)
    again.catch(() => {})
    await other.query(statement)
    await other.query("commit")
    await again
    return [ok("work, from several clients at once")]
  } catch (error) {
    if (!UNTRACKED.includes(codeOf(error) ?? "")) {
      throw error
    }
    return [
      warning(
        `the pooler does not keep prepared statements: ${(error as Error).message}`,
        "The cache sends its statements without names, which takes the server more time. PgBouncer keeps them from 1.21 on, with `max_prepared_statements` above 0; or give the cache a direct URL in `database.clientUrl`."
      ),
    ]
  }
}
