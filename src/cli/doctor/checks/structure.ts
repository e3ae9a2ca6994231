import {
  INVALIDATE,
  IS_INVALIDATED,
  REMOVE_INVALIDATED,
  STALE_FILLS,
} from "../../../sql/statement"
import { findFunction } from "../../sql/find-function"
import type { Check, Patient } from "../check"
import {
  type ExpectedColumn,
  type ExpectedIndex,
  type ExpectedTable,
  expectedTables,
} from "../expected-tables"
import { ok, problem, type Result, warning } from "../finding"
import type { ColumnState, IndexState, TableState } from "../table-state"

const FUNCTIONS = [INVALIDATE, IS_INVALIDATED, REMOVE_INVALIDATED, STALE_FILLS]
export const MAKE_ANEW =
  "Make the tables anew, which empties the cache: `npx medusa db:rollback caching`, then `npx medusa db:migrate`."

export const structureCheck: Check = async (patient) => {
  const { tables } = patient
  if (tables.length === 0) {
    return []
  }
  const expected = expectedTables()
  const results = tables.flatMap((table) => {
    const model = expected.find(({ name }) => name === table.name)!
    return [...columns(table, model), ...indexes(table, model)]
  })
  for (const name of FUNCTIONS) {
    results.push(...(await ofFunction(name, patient)))
  }
  return results.length > 0
    ? results
    : [ok("columns, types, keys, indexes and functions as they should be")]
}

async function ofFunction(
  name: string,
  { database, options }: Patient
): Promise<Result[]> {
  const found = await database.run(findFunction, [
    options.database.schema,
    name,
  ])
  return found.length > 0
    ? []
    : [problem(`the function ${name} is missing`, MAKE_ANEW)]
}

function columns(table: TableState, model: ExpectedTable): Result[] {
  const wrong = model.columns.flatMap((expected) => {
    const state = table.columns.find(({ name }) => name === expected.name)
    const fault = state ? faultOf(state, expected) : "is missing"
    return fault
      ? [problem(`column ${table.name}.${expected.name} ${fault}`, MAKE_ANEW)]
      : []
  })
  const more = table.columns
    .filter(({ name }) => !model.columns.some((column) => column.name === name))
    .map((column) => unknown(table, column))
  return [...wrong, ...more]
}

function faultOf(
  state: ColumnState,
  expected: ExpectedColumn
): string | undefined {
  if (state.type !== expected.type) {
    return `is ${state.type} instead of ${expected.type}`
  }
  if (state.nullable !== expected.nullable) {
    return expected.nullable ? "must be nullable" : "must be not null"
  }
  return undefined
}

function unknown(table: TableState, column: ColumnState): Result {
  const name = `column ${table.name}.${column.name} is not the package's`
  return column.nullable || column.hasDefault
    ? warning(
        name,
        "It does no harm, but costs space; is it from another version, or yours?"
      )
    : problem(`${name}, and has no default: sets fail`, MAKE_ANEW)
}

function indexes(table: TableState, model: ExpectedTable): Result[] {
  return model.indexes
    .filter(
      (expected) => !table.indexes.some((state) => serves(state, expected))
    )
    .map(({ kind, columns: of }) =>
      problem(`${table.name} has no ${kind} on (${of.join(", ")})`, MAKE_ANEW)
    )
}

/** Under whatever name. */
function serves(
  state: IndexState,
  { columns: of, kind, partial }: ExpectedIndex
): boolean {
  return (
    state.columns.join() === of.join() &&
    state.partial === partial &&
    (kind !== "primary key" || state.primary) &&
    (kind === "index" || state.unique)
  )
}
