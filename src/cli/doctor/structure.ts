import { readdirSync } from "node:fs"
import { join } from "node:path"
import {
  type EntityMetadata,
  MetadataStorage,
} from "@medusajs/framework/mikro-orm/core"
import * as models from "../../models"
import { FUNCTION_NAMES } from "../../sql/statement"
import type { Database } from "../database"
import { findFunctions, findLedger, readLedger } from "../sql/catalog"
import { type Check, ok, problem, type TableState, warning } from "./check"

/** Next to `src` in the repository, and next to `dist/src` in the package. */
const MIGRATIONS = join(__dirname, "..", "..", "..", "migrations")

const MIGRATE =
  "Run `npx medusa db:migrate` in the shop's folder, with the configuration that the shop has."
const RECREATE =
  "Make the tables anew, which empties the cache: `npx medusa db:rollback caching`, then `npx medusa db:migrate`."

/** PostgreSQL's own names for types, where they differ from those of the models. */
const TYPE_NAMES: Record<string, string> = {
  timestamptz: "timestamp with time zone",
}

type ExpectedTable = ReturnType<typeof describe>

/** The tables as the models describe them. */
function expectedTables(): ExpectedTable[] {
  return Object.values(models).map((model) =>
    describe(MetadataStorage.getMetadataFromDecorator(model))
  )
}

function describe({ tableName, properties, uniques, indexes }: EntityMetadata) {
  const columns = Object.values(properties)
  const primary = columns.filter((one) => one.primary).map(({ name }) => name)
  return {
    name: tableName,
    columns: columns.map((column) => {
      const { name, nullable = false } = column
      // As given to the decorator; MikroORM's own type describes what it becomes later.
      const { columnType } = column as unknown as { columnType: string }
      return { name, type: TYPE_NAMES[columnType] ?? columnType, nullable }
    }),
    indexes: [
      { kind: "primary key", columns: primary, partial: false },
      ...uniques.map(({ properties: names }) => ({
        kind: "unique index",
        columns: [names].flat() as string[],
        partial: false,
      })),
      ...indexes.map(({ properties: names, expression }) => ({
        kind: "index",
        columns: [names].flat() as string[],
        partial: expression !== undefined,
      })),
    ],
  }
}

/** Checks that all tables exist, and that Medusa's ledger names the migrations that created them. */
export const checkMigrations: Check = async ({ database, tables }) => {
  const missing = expectedTables()
    .map(({ name }) => name)
    .filter((name) => !tables.some((table) => table.name === name))
  const migrations = readdirSync(MIGRATIONS).flatMap(
    (file) => /^(Migration\w+)\.[jt]s$/.exec(file)?.[1] ?? []
  )
  const recorded = await recordedMigrations(database, migrations)
  const unrecorded = migrations.filter((name) => !recorded?.includes(name))
  if (missing.length > 0) {
    return problem(
      `no table ${missing.join(", ")} in schema "${database.schema}"`,
      remedy(recorded, unrecorded)
    )
  }
  return recorded && unrecorded.length > 0
    ? warning(
        `the tables are there, but mikro_orm_migrations does not name ${unrecorded.join(", ")}`,
        `${MIGRATE} It keeps what is there.`
      )
    : ok(recorded ? "applied" : "the tables are there")
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
  database: Database,
  migrations: string[]
): Promise<string[] | undefined> {
  const which = [database.schema]
  const [ledger] = await database.run<{ readable: boolean }>(findLedger, which)
  if (!ledger?.readable) {
    return ledger ? undefined : []
  }
  return database.names(readLedger, [migrations])
}

/** Checks columns, indexes and functions. */
export const checkStructure: Check = async ({ database, tables }) => {
  const expected = expectedTables()
  const which = [database.schema, FUNCTION_NAMES]
  const functions = await database.names(findFunctions, which)
  const results = [
    ...tables.flatMap((table) => {
      const model = expected.find(({ name }) => name === table.name)!
      return [...examineColumns(table, model), ...examineIndexes(table, model)]
    }),
    ...FUNCTION_NAMES.filter((name) => !functions.includes(name)).map((name) =>
      problem(`the function ${name} is missing`, RECREATE)
    ),
  ]
  return results.length > 0
    ? results
    : ok("columns, types, keys, indexes and functions as they should be")
}

function examineColumns(table: TableState, { columns }: ExpectedTable) {
  const wrong = columns.flatMap(({ name, type, nullable }) => {
    const column = table.columns.find((other) => other.name === name)
    const fault = !column
      ? "is missing"
      : column.type !== type
        ? `is ${column.type} instead of ${type}`
        : column.nullable !== nullable
          ? `must be ${nullable ? "nullable" : "not null"}`
          : undefined
    return fault
      ? [problem(`column ${table.name}.${name} ${fault}`, RECREATE)]
      : []
  })
  const further = table.columns
    .filter(({ name }) => !columns.some((column) => column.name === name))
    .map(({ name, nullable, hasDefault }) => {
      const message = `column ${table.name}.${name} is not the package's`
      const advice =
        "It does no harm, but costs space; is it from another version, or yours?"
      return nullable || hasDefault
        ? warning(message, advice)
        : problem(`${message}, and has no default: sets fail`, RECREATE)
    })
  return [...wrong, ...further]
}

function examineIndexes(table: TableState, model: ExpectedTable) {
  return model.indexes
    .filter(
      ({ kind, columns, partial }) =>
        // Under whatever name.
        !table.indexes.some(
          (index) =>
            index.columns.join() === columns.join() &&
            index.partial === partial &&
            (kind !== "primary key" || index.primary) &&
            (kind === "index" || index.unique)
        )
    )
    .map(({ kind, columns }) => {
      const message = `${table.name} has no ${kind} on (${columns.join(", ")})`
      return problem(message, RECREATE)
    })
}
