import { readdirSync } from "node:fs"
import { join } from "node:path"
import {
  INVALIDATE,
  IS_INVALIDATED,
  REMOVE_INVALIDATED,
  STALE_FILLS,
} from "../../sql/tables"
import { findFunctions, findLedger, readLedger } from "../sql/catalog"
import {
  type Check,
  type ColumnState,
  type IndexState,
  ok,
  problem,
  type Result,
  type Subject,
  type TableState,
  warning,
} from "./check"
import {
  type ExpectedColumn,
  type ExpectedIndex,
  type ExpectedTable,
  expectedTables,
} from "./expected-tables"

const FUNCTIONS = [INVALIDATE, IS_INVALIDATED, REMOVE_INVALIDATED, STALE_FILLS]
/** Next to `src` in the repository, and next to `dist/src` in the package. */
const MIGRATIONS = join(__dirname, "..", "..", "..", "migrations")

const MIGRATE =
  "Run `npx medusa db:migrate` in the shop's folder, with the configuration that the shop has."
const RECREATE =
  "Make the tables anew, which empties the cache: `npx medusa db:rollback caching`, then `npx medusa db:migrate`."

/** Checks that all tables exist, and that Medusa's ledger names the migrations that created them. */
export const checkMigrations: Check = async (subject) => {
  const missing = expectedTables()
    .map(({ name }) => name)
    .filter((name) => !subject.tables.some((table) => table.name === name))
  const migrations = readdirSync(MIGRATIONS).flatMap(
    (file) => /^(Migration\w+)\.[jt]s$/.exec(file)?.[1] ?? []
  )
  const recorded = await recordedMigrations(subject, migrations)
  const unrecorded = migrations.filter((name) => !recorded?.includes(name))
  if (missing.length > 0) {
    return problem(
      `no table ${missing.join(", ")} in schema "${subject.options.database.schema}"`,
      remedy(recorded, unrecorded)
    )
  }
  if (recorded && unrecorded.length > 0) {
    return warning(
      `the tables are there, but mikro_orm_migrations does not name ${unrecorded.join(", ")}`,
      `${MIGRATE} It keeps what is there.`
    )
  }
  return ok(recorded ? "applied" : "the tables are there")
}

/** Medusa does not run a migration again that the ledger names. */
function remedy(recorded: string[] | undefined, unrecorded: string[]): string {
  if (!recorded) {
    return `${MIGRATE} If it says that all is up to date: \`npx medusa db:rollback caching\`, then \`npx medusa db:migrate\` again.`
  }
  return unrecorded.length > 0
    ? MIGRATE
    : `mikro_orm_migrations says that they were made, so that \`db:migrate\` alone makes nothing. ${RECREATE}`
}

/** @returns `undefined` if the role may not read the ledger; a role that only runs the cache need not */
async function recordedMigrations(
  { database, options }: Subject,
  migrations: readonly string[]
): Promise<string[] | undefined> {
  const [ledger] = await database.run<{ readable: boolean }>(findLedger, [
    options.database.schema,
  ])
  if (!ledger?.readable) {
    return ledger ? undefined : []
  }
  const rows = await database.run<{ name: string }>(readLedger, [migrations])
  return rows.map(({ name }) => name)
}

/** Checks columns, indexes and functions. */
export const checkStructure: Check = async ({ database, options, tables }) => {
  if (tables.length === 0) {
    return []
  }
  const expected = expectedTables()
  const found = await database.run<{ name: string }>(findFunctions, [
    options.database.schema,
    FUNCTIONS,
  ])
  const results = [
    ...tables.flatMap((table) => {
      const model = expected.find(({ name }) => name === table.name)!
      return [
        ...missingColumns(table, model),
        ...furtherColumns(table, model),
        ...missingIndexes(table, model),
      ]
    }),
    ...FUNCTIONS.filter(
      (name) => !found.some((other) => other.name === name)
    ).map((name) => problem(`the function ${name} is missing`, RECREATE)),
  ]
  return results.length > 0
    ? results
    : ok("columns, types, keys, indexes and functions as they should be")
}

function missingColumns(table: TableState, model: ExpectedTable): Result[] {
  return model.columns.flatMap((expected) => {
    const state = table.columns.find(({ name }) => name === expected.name)
    const fault = faultOf(state, expected)
    return fault
      ? [problem(`column ${table.name}.${expected.name} ${fault}`, RECREATE)]
      : []
  })
}

function faultOf(
  state: ColumnState | undefined,
  expected: ExpectedColumn
): string | undefined {
  if (!state) {
    return "is missing"
  }
  if (state.type !== expected.type) {
    return `is ${state.type} instead of ${expected.type}`
  }
  if (state.nullable !== expected.nullable) {
    return expected.nullable ? "must be nullable" : "must be not null"
  }
  return undefined
}

function furtherColumns(table: TableState, model: ExpectedTable): Result[] {
  return table.columns
    .filter(({ name }) => !model.columns.some((column) => column.name === name))
    .map(({ name, nullable, hasDefault }) => {
      const message = `column ${table.name}.${name} is not the package's`
      return nullable || hasDefault
        ? warning(
            message,
            "It does no harm, but costs space; is it from another version, or yours?"
          )
        : problem(`${message}, and has no default: sets fail`, RECREATE)
    })
}

function missingIndexes(table: TableState, model: ExpectedTable): Result[] {
  return model.indexes
    .filter(
      (expected) => !table.indexes.some((state) => serves(state, expected))
    )
    .map(({ kind, columns }) =>
      problem(
        `${table.name} has no ${kind} on (${columns.join(", ")})`,
        RECREATE
      )
    )
}

/** An index may have any name. */
function serves(state: IndexState, expected: ExpectedIndex): boolean {
  const { kind } = expected
  return (
    state.columns.join() === expected.columns.join() &&
    state.partial === expected.partial &&
    (kind !== "primary key" || state.primary) &&
    (kind === "index" || state.unique)
  )
}
