import { readWritability } from "../../sql/read-writability"
import type { Check } from "../check"
import { ok, problem } from "../finding"

interface Writability {
  readonly standby: boolean
  readonly read_only: boolean
  readonly remedy: string | null
}

/** Whether the database takes writes at all, whatever the role's rights. */
export const writesCheck: Check = async ({ database }) => {
  const [row] = await database.run<Writability>(readWritability)
  const { standby, read_only, remedy } = row!
  if (standby) {
    return [
      problem(
        "the server is a standby: it takes no writes, and does not have unlogged tables",
        "Give the cache the URL of the primary, in the shop's `databaseUrl` or in the option `database.clientUrl`."
      ),
    ]
  }
  if (read_only) {
    return [
      problem(
        "the database is read-only: default_transaction_read_only is on",
        remedy
          ? `Turn it off: ${remedy};`
          : "Turn default_transaction_read_only off where it is set: in the `options` of the URL, in PGOPTIONS, or on the server's command line."
      ),
    ]
  }
  return [ok("the database takes them")]
}
