import type { Check, Patient } from "../check"
import { ok, type Result, warning } from "../finding"
import type { TableState } from "../table-state"

const UNLOGGED = "u"

/** Whether the tables survive a crash of the server, together or not at all. */
// eslint-disable-next-line @typescript-eslint/require-await -- a check is asynchronous
export const durabilityCheck: Check = async (patient) =>
  patient.tables.length === 0
    ? []
    : [ofOption(patient) ?? ofTables(patient.tables, patient)]

/** @returns nothing where tables and option agree, or the option is not known */
function ofOption({
  tables,
  options: { logged },
}: Patient): Result | undefined {
  const differing = tables.filter(
    ({ persistence }) => (persistence !== UNLOGGED) !== logged
  )
  return logged === undefined || differing.length === 0
    ? undefined
    : warning(
        `the option "logged" is ${logged}, and ${differing.map(({ name }) => name).join(", ")} ${logged ? "not logged" : "logged"}`,
        "Run `npx medusa db:migrate`, which makes the tables follow the option."
      )
}

function ofTables(tables: readonly TableState[], { options }: Patient): Result {
  const logged = tables.filter(({ persistence }) => persistence !== UNLOGGED)
  if (logged.length === 0) {
    return ok(
      "unlogged: a crash of the server empties the cache, replicas do not have it"
    )
  }
  if (logged.length === tables.length) {
    return ok("logged: the cache survives a crash, and each write costs WAL")
  }
  const names = tables
    .filter((table) => !logged.includes(table))
    .map(({ name }) => name)
  return warning(
    `some tables are logged, and ${names.join(", ")} not: a crash of the server would empty some of them`,
    `Make them alike: ${names.map((name) => `alter table "${options.database.schema}".${name} set logged;`).join(" ")}`
  )
}
