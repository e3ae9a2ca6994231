import { readdirSync } from "node:fs"
import { join } from "node:path"
import { findLedger } from "../../sql/find-ledger"
import { readLedger } from "../../sql/read-ledger"
import type { Check, Patient } from "../check"
import { expectedTables } from "../expected-tables"
import { ok, problem, warning } from "../finding"
import { MAKE_ANEW } from "./structure"

const MIGRATE =
  "Run `npx medusa db:migrate` in the shop's folder, with the configuration that the shop has."

/** Beside `src` in the repository, and beside `dist/src` in the package. */
const MIGRATIONS = join(__dirname, "..", "..", "..", "..", "migrations")

export const migrationsCheck: Check = async (patient) => {
  const { schema } = patient.options.database
  const present = patient.tables.map(({ name }) => name)
  const missing = expectedTables()
    .map(({ name }) => name)
    .filter((name) => !present.includes(name))
  const noted = await notedMigrations(patient)
  const unnoted = migrationNames().filter((name) => !noted?.includes(name))
  if (missing.length > 0) {
    return [
      problem(
        `no table ${missing.join(", ")} in schema "${schema}"`,
        remedy(noted, unnoted)
      ),
    ]
  }
  if (noted && unnoted.length > 0) {
    return [
      warning(
        `the tables are there, but mikro_orm_migrations does not name ${unnoted.join(", ")}`,
        `${MIGRATE} It keeps what is there.`
      ),
    ]
  }
  return [ok(noted ? "applied" : "the tables are there")]
}

/** A migration that the ledger names is not run again. */
function remedy(noted: string[] | undefined, unnoted: string[]): string {
  if (!noted) {
    return `${MIGRATE} If it says that all is up to date: \`npx medusa db:rollback caching\`, then \`npx medusa db:migrate\` again.`
  }
  return unnoted.length > 0
    ? MIGRATE
    : `mikro_orm_migrations says that they were made, so that \`db:migrate\` alone makes nothing. ${MAKE_ANEW}`
}

/** @returns nothing where the role may not read it, as one need not that only uses the cache */
async function notedMigrations({
  database,
  options,
}: Patient): Promise<string[] | undefined> {
  const [ledger] = await database.run<{ readable: boolean }>(findLedger, [
    options.database.schema,
  ])
  if (!ledger?.readable) {
    return ledger ? undefined : []
  }
  const rows = await database.run<{ name: string }>(readLedger, [
    migrationNames(),
  ])
  return rows.map(({ name }) => name)
}

function migrationNames(): string[] {
  return readdirSync(MIGRATIONS).flatMap(
    (file) => /^(Migration\w+)\.[jt]s$/.exec(file)?.[1] ?? []
  )
}
