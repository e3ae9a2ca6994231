import { ENTRY_ID_SEQUENCE, STAMP } from "../../../sql/tables"
import { readSequence } from "../../sql/read-sequence"
import type { Check, Patient } from "../check"
import { ok, problem, type Result, warning } from "../finding"
import type { TableState } from "../table-state"

const UNLOGGED = "u"

/** Whether tables and ids survive a crash of the server, together or not at all. */
export const durabilityCheck: Check = async (patient) => {
  // Stamps may be either: fills that were under way when stamps were lost are refused.
  const tables = patient.tables.filter(({ name }) => name !== STAMP)
  return tables.length === 0
    ? []
    : [ofTables(tables, patient), ...(await ofSequence(patient))]
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

async function ofSequence({ database, options }: Patient): Promise<Result[]> {
  const { schema } = options.database
  const [sequence] = await database.run<{ persistence: string }>(readSequence, [
    schema,
    ENTRY_ID_SEQUENCE,
  ])
  if (!sequence) {
    return [
      problem(
        `no sequence ${ENTRY_ID_SEQUENCE} in schema "${schema}"`,
        "Run `npx medusa db:migrate`, or make the tables anew: `npx medusa db:rollback caching` first."
      ),
    ]
  }
  return sequence.persistence === UNLOGGED
    ? [
        problem(
          `the sequence ${ENTRY_ID_SEQUENCE} is unlogged: after a crash ids would be used a second time`,
          `alter sequence "${schema}".${ENTRY_ID_SEQUENCE} set logged;`
        ),
      ]
    : []
}
