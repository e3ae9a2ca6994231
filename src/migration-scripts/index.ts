import { join } from "node:path"
import type { Client } from "@medusajs/framework/pg"
import type { LoaderOptions } from "@medusajs/framework/types"
import { dynamicImport, ModulesSdkUtils } from "@medusajs/framework/utils"
import { clientConfig, createClient } from "../connection"
import {
  type CachingModuleOptions,
  requireCompatible,
  resolveOptions,
} from "../options"
import { TABLE_NAMES } from "../sql/statement"

/** What Medusa hands to a migration script. */
type ScriptInput = Pick<LoaderOptions, "options" | "logger">
type Migrated = { name: string; path: string }

const scripts = {
  moduleName: "caching",
  /** Beside `src` in the repository, and beside `dist/src` in the package. */
  pathToMigrations: join(__dirname, "..", "..", "migrations"),
}

/** Called by `medusa db:migrate`: makes the tables wherever a registration wants them, logged or unlogged. */
export async function runMigrations(input: ScriptInput): Promise<Migrated[]> {
  const run = ModulesSdkUtils.buildMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<Migrated[] | undefined>
  const migrated: Migrated[] = []
  for (const target of await targetsOf(input)) {
    await withMigrationLock(target, async () => {
      // Medusa 2.11 returns nothing.
      migrated.push(...((await run(target.input)) ?? []))
      await followLogged(target)
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
    await withMigrationLock(target, () => revert(target.input))
  }
}

/**
 * Called by `medusa db:generate`. The package brings its migrations; Medusa's own script would write new ones into the
 * shop's `node_modules`. A test compares models and migrations.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- Medusa expects a promise
export async function generateMigration(input: ScriptInput): Promise<void> {
  input.logger?.info(
    "[caching-postgres] Skipped. The package brings its migrations; there is nothing to generate."
  )
}

/** A database and schema in which the tables belong. */
type Target = ReturnType<typeof targetOf>

/**
 * Where each registration of this provider keeps its tables, every place once. Medusa calls the migration scripts for
 * the module as a whole; which registrations are ours shows in what their `resolve` leads to.
 */
async function targetsOf(input: ScriptInput): Promise<Target[]> {
  const moduleOptions: CachingModuleOptions = input.options ?? {}
  const targets = new Map<string, Target>()
  for (const { resolve, options } of moduleOptions.providers ?? []) {
    if (await isOurs(resolve)) {
      requireCompatible(options, moduleOptions)
      const target = targetOf(input, options)
      const { clientUrl, schema } = target.database
      targets.set(`${clientUrl} ${schema}`, target)
    }
  }
  return [...targets.values()]
}

function targetOf(input: ScriptInput, options: object = {}) {
  const moduleOptions: CachingModuleOptions = input.options ?? {}
  const resolved = resolveOptions(options, moduleOptions)
  const { database, logged = false } = resolved
  const { clientUrl, schema } = database
  const shop = moduleOptions.database
  // The shop's own database is migrated over the connection that its other modules use.
  const driverOptions =
    clientUrl === shop?.clientUrl
      ? shop.driverOptions
      : { connection: clientConfig(resolved) }
  const ofTarget = { ...shop, clientUrl, schema, driverOptions }
  return {
    database,
    logged,
    logger: input.logger ?? console,
    /** What Medusa's migration scripts take: with this database in place of the shop's. */
    input: { ...input, options: { ...moduleOptions, database: ofTarget } },
  }
}

async function isOurs(resolve: unknown): Promise<boolean> {
  if (typeof resolve !== "string") {
    return false
  }
  const path = require.resolve(resolve, { paths: [process.cwd()] })
  type Exports = { runMigrations?: unknown }
  const loaded = (await dynamicImport(path)) as Exports & { default?: Exports }
  return (loaded.default ?? loaded).runMigrations === runMigrations
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
  target: Target,
  migrate: () => Promise<void>
): Promise<void> {
  const { schema } = target.database
  let isHeld = false
  const warnOnce = ({ message }: Error) => {
    if (isHeld) {
      isHeld = false
      target.logger.warn(
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
    await migrate().finally(() => {
      isHeld = false
    })
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
async function followLogged(target: Target): Promise<void> {
  const { schema } = target.database
  const { logged, logger } = target
  const kind = logged ? "logged" : "unlogged"
  const ignore = () => {}
  await withClient(target, ignore, async (client) => {
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
      logger.info(
        `[caching-postgres] the option "logged" is ${logged}: in schema "${schema}" these tables are ${kind} now: ${names}`
      )
    }
  })
}

/**
 * @param onError hears of a connection that breaks. Without a listener, one that breaks while idle would end the
 *   process; a statement under way fails as well.
 */
async function withClient(
  { database }: Target,
  onError: (error: Error) => void,
  use: (client: Client) => Promise<void>
): Promise<void> {
  const client = createClient(clientConfig({ database }))
  client.on("error", onError)
  await client.connect()
  await use(client).finally(() => client.end())
}
