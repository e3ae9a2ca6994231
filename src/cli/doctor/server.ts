import { NAMES } from "../../sql/statement"
import type { Database } from "../database"
import { ago } from "../format"
import { readLastSweep, readMissingRights, readServer } from "../sql/catalog"
import { type Check, ok, problem, warning } from "./check"

const OLDEST_MAJOR = 14
/** Ten runs of the default schedule. */
const RECENT_SWEEP_SECONDS = 600

const READ_AND_WRITE = ["select", "insert", "update", "delete"]
/** What a running shop needs, as in docs/least-privilege.sql; migrations need more. */
const NEEDED_RIGHTS: Record<string, readonly string[]> = {
  [NAMES.entry]: READ_AND_WRITE,
  [NAMES.tag]: ["select", "insert", "delete"],
  [NAMES.option]: ["select", "insert", "delete"],
  [NAMES.sweep]: ["select", "insert", "update"],
  [NAMES.invalidation]: READ_AND_WRITE,
  [NAMES.minute]: READ_AND_WRITE,
  [NAMES.invalidate]: ["execute"],
  [NAMES.isInvalidated]: ["execute"],
  [NAMES.removeInvalidated]: ["execute"],
  [NAMES.staleFills]: ["execute"],
}

/** What `readServer` returns. */
interface ServerState {
  readonly version_num: number
  readonly version: string
  readonly autovacuum: boolean
  readonly track_counts: boolean
  readonly standby: boolean
  readonly read_only: boolean
  readonly remedy: string | null
}

export async function serverState(database: Database): Promise<ServerState> {
  const [server] = await database.run<ServerState>(readServer)
  return server!
}

export const checkServer: Check = async ({ database }) => {
  const { version, version_num } = await serverState(database)
  return version_num >= OLDEST_MAJOR * 10_000
    ? ok(`PostgreSQL ${version}`)
    : problem(
        `PostgreSQL ${version} is too old`,
        `Use PostgreSQL ${OLDEST_MAJOR} or newer.`
      )
}

/** Checks that the database takes writes at all, whatever the role's rights. */
export const checkWrites: Check = async ({ database }) => {
  const { standby, read_only, remedy } = await serverState(database)
  if (standby) {
    return problem(
      "the server is a standby: it takes no writes, and does not have unlogged tables",
      "Give the cache the URL of the primary, in the shop's `databaseUrl` or in the option `database.clientUrl`."
    )
  }
  if (read_only) {
    return problem(
      "the database is read-only: default_transaction_read_only is on",
      remedy
        ? `Turn it off: ${remedy};`
        : "Turn default_transaction_read_only off where it is set: in the `options` of the URL, in PGOPTIONS, or on the server's command line."
    )
  }
  return ok("the database takes them")
}

export const checkRights: Check = async ({ database }) => {
  const needed = Object.entries(NEEDED_RIGHTS).flatMap(([name, rights]) =>
    rights.map((right) => ({ name, right }))
  )
  const missing = await database.names(readMissingRights, [
    database.schema,
    needed.map(({ name }) => name),
    needed.map(({ right }) => right),
  ])
  return missing.length === 0
    ? ok("the role may do all that the cache does")
    : problem(
        "the role lacks rights on the tables",
        `As their owner: ${missing.join("; ")};`
      )
}

/** Checks that some process has swept recently. */
export const checkSweep: Check = async ({ database, options, tables }) => {
  if (!tables.some(({ name }) => name === NAMES.sweep)) {
    return []
  }
  const [last] = await database.run<{ seconds_ago: number }>(readLastSweep)
  const text = last ? `last run ${ago(last.seconds_ago)}` : "has never run"
  if (last && last.seconds_ago <= RECENT_SWEEP_SECONDS) {
    return ok(text)
  }
  return warning(
    text,
    options.sweep === false
      ? "`sweep: false` leaves it to other processes, and none does it; let one of them sweep."
      : `Does the shop run, and does it log that the sweep failed? Its schedule is "${options.sweep.schedule}". \`npx medusa-caching-postgres sweep\` runs it now.`
  )
}
