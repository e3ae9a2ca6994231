import { count, percent } from "../format"
import {
  type Check,
  ok,
  problem,
  type Result,
  type TableState,
  warning,
} from "./check"
import { serverState } from "./server"

/** Autovacuum starts at 5 % and 1,000 dead rows; this is far beyond. */
const MANY_DEAD_ROWS = 10_000
const LARGE_DEAD_SHARE = 0.5

const isLogged = ({ persistence }: TableState) => persistence !== "u"
const namesOf = (tables: readonly TableState[]) =>
  tables.map(({ name }) => name).join(", ")

/** Checks that the tables are logged as the option says, and all of them or none. */
export const checkStorage: Check = ({ database, tables, options }) => {
  const { logged } = options
  const differing = tables.filter((table) => isLogged(table) !== logged)
  if (logged !== undefined && differing.length > 0) {
    return warning(
      `the option "logged" is ${logged}, and ${namesOf(differing)} ${logged ? "not logged" : "logged"}`,
      "Run `npx medusa db:migrate`, which makes the tables follow the option."
    )
  }
  const unlogged = tables.filter((table) => !isLogged(table))
  if (unlogged.length === tables.length) {
    return ok(
      "unlogged: a crash of the server empties the cache, replicas do not have it"
    )
  }
  if (unlogged.length === 0) {
    return ok("logged: the cache survives a crash, and each write costs WAL")
  }
  const statements = unlogged.map(
    ({ name }) => `alter table "${database.schema}".${name} set logged;`
  )
  return warning(
    `some tables are logged, and ${namesOf(unlogged)} not: a crash of the server would empty some of them`,
    `Make them alike: ${statements.join(" ")}`
  )
}

export const checkIndexes: Check = ({ database, tables }) => {
  const indexes = tables.flatMap((table) => table.indexes)
  const invalid = indexes.filter(({ valid }) => !valid)
  if (indexes.length > 0 && invalid.length === 0) {
    return ok(`all ${indexes.length} valid`)
  }
  return invalid.map(({ name }) =>
    problem(
      `the index ${name} is not valid: the server does not use it`,
      `reindex index concurrently "${database.schema}"."${name}";`
    )
  )
}

/** Checks that the server vacuums the tables by itself, and often enough. */
export const checkAutovacuum: Check = async ({ database, tables }) => {
  const results: Result[] = []
  const warn = (...finding: Parameters<typeof warning>) =>
    results.push(warning(...finding))
  const server = await serverState(database)
  for (const setting of ["autovacuum", "track_counts"] as const) {
    if (!server[setting]) {
      warn(
        `the server's setting ${setting} is off: the tables will grow and become slow`,
        `Turn it on: alter system set ${setting} = on; select pg_reload_conf();`
      )
    }
  }
  for (const { name, options, live_rows, dead_rows, last_vacuum } of tables) {
    const table = `"${database.schema}".${name}`
    const off = /^autovacuum_enabled=(off|false|no|0)$/i
    if (options.some((option) => off.test(option))) {
      warn(
        `autovacuum is off for ${name}`,
        `alter table ${table} reset (autovacuum_enabled);`
      )
    }
    const share = dead_rows / Math.max(live_rows + dead_rows, 1)
    if (dead_rows > MANY_DEAD_ROWS && share > LARGE_DEAD_SHARE) {
      warn(
        `${name} has ${count(dead_rows, "dead row")}, ${percent(share)} of all; last vacuum: ${last_vacuum?.toISOString() ?? "never"}`,
        `Look for transactions that stay open in pg_stat_activity, which keep dead rows alive; then: vacuum ${table};`
      )
    }
  }
  return results.length > 0 ? results : ok("on, and keeping up")
}
