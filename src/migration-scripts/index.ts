import { join } from "node:path"
import type { Client } from "@medusajs/framework/pg"
import { ModulesSdkUtils } from "@medusajs/framework/utils"
import { clientConfig, createClient } from "../connection"
import { TABLE_NAMES } from "../sql/statement"
import {
  type MigrationTarget,
  migrationTargets,
  type ScriptInput,
} from "./targets"

const scripts = {
  moduleName: "caching",
  /** Beside `src` in the repository, and beside `dist/src` in the package. */
  pathToMigrations: join(__dirname, "..", "..", "migrations"),
}

type Migrated = { name: string; path: string }

/** Called by `medusa db:migrate`: makes the tables wherever a registration wants them, logged or unlogged. */
export async function runMigrations(input: ScriptInput): Promise<Migrated[]> {
  const run = ModulesSdkUtils.buildMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<Migrated[] | undefined>
  const migrated: Migrated[] = []
  for (const target of await targetsOf(input)) {
    await withMigrationLock(target, input.logger, async () => {
      const names = await run({ ...input, options: target.moduleOptions })
      // Medusa 2.11 returns nothing.
      migrated.push(...(names ?? []))
      await followLogged(target, input.logger)
    })
  }
  return migrated
}

/** Called by `medusa db:rollback caching`. */
export async function revertMigration(input: ScriptInput): Promise<void> {
  const revert = ModulesSdkUtils.buildRevertMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<void>
  for (const target of await targetsOf(input)) {
    await withMigrationLock(target, input.logger, () =>
      revert({ ...input, options: target.moduleOptions })
    )
  }
}

/**
 * Called by `medusa db:generate`. The package brings its migrations; Medusa's own script would write new ones into the
 * shop's `node_modules`. A test compares models and migrations.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- Medusa expects a promise
export async function generateMigration({
  logger,
}: ScriptInput): Promise<void> {
  logger?.info(
    "[caching-postgres] Skipped. The package brings its migrations; there is nothing to generate."
  )
}

function targetsOf({ options }: ScriptInput): Promise<MigrationTarget[]> {
  return migrationTargets(options ?? {}, { runMigrations })
}

/**
 * Runs `migrate` while no other process migrates the same tables. MikroORM does not serialise processes: two that
 * start at once both create the ledger, and both run what is pending.
 *
 * The lock belongs to an open transaction, so that it works through a transaction-mode pooler and ends with the
 * process. When the server ends that transaction's connection, the migration goes on and a warning says that the lock
 * is lost: every statement of the migration may be repeated, and ending it halfway would help nobody.
 *
 * @throws when the lock cannot be had
 */
async function withMigrationLock(
  target: MigrationTarget,
  logger: ScriptInput["logger"],
  migrate: () => Promise<void>
): Promise<void> {
  const { schema } = target.database
  let isHeld = false
  const warnOnce = ({ message }: Error) => {
    if (isHeld) {
      isHeld = false
      ;(logger ?? console).warn(
        `[caching-postgres] the migration of schema "${schema}" lost its lock, and goes on: ${message}. If another process has migrated at the same time and one of them failed, run \`npx medusa db:migrate\` again.`
      )
    }
  }
  await withClient(target, warnOnce, async (client) => {
    await client.query("begin")
    // How long the server lets a transaction idle or last; PostgreSQL below 17 has only the first.
    await client.query(
      `select set_config(name, '0', true) from pg_settings
       where name in ('idle_in_transaction_session_timeout', 'transaction_timeout')`
    )
    await client.query(
      "select pg_advisory_xact_lock(hashtextextended($1, 0))",
      [`medusa-caching-postgres migration ${schema}`]
    )
    isHeld = true
    try {
      await migrate()
    } finally {
      isHeld = false
    }
  })
}

/**
 * Makes the tables logged or unlogged, as the option `logged` says. A migration runs once; the option may change at
 * any time.
 *
 * Each table is altered in a transaction of its own. Holding the locks of several at once could deadlock with a shop
 * that runs. If this ends halfway, the next `medusa db:migrate` finds what is left.
 *
 * @throws when the role does not own the tables
 */
async function followLogged(
  target: MigrationTarget,
  logger: ScriptInput["logger"]
): Promise<void> {
  const { schema } = target.database
  const logged = target.logged ?? false
  const kind = logged ? "logged" : "unlogged"
  await withClient(
    target,
    () => {},
    async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select c.relname::text as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind = 'r' and c.relpersistence <> $3
         order by c.relname`,
        [schema, TABLE_NAMES, logged ? "p" : "u"]
      )
      for (const { name } of rows) {
        await client.query(`alter table "${schema}"."${name}" set ${kind}`)
      }
      if (rows.length > 0) {
        const names = rows.map(({ name }) => name).join(", ")
        ;(logger ?? console).info(
          `[caching-postgres] the option "logged" is ${logged}: in schema "${schema}" these tables are ${kind} now: ${names}`
        )
      }
    }
  )
}

/**
 * @param onError hears of a connection that breaks. Without a listener, one that breaks while idle would end the
 *   process; a statement under way fails as well.
 */
async function withClient(
  { database }: MigrationTarget,
  onError: (error: Error) => void,
  use: (client: Client) => Promise<void>
): Promise<void> {
  const client = createClient(clientConfig({ database }))
  client.on("error", onError)
  await client.connect()
  try {
    await use(client)
  } finally {
    await client.end()
  }
}
