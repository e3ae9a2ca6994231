import { join } from "node:path"
import type { Client } from "@medusajs/framework/pg"
import type { LoaderOptions } from "@medusajs/framework/types"
import { dynamicImport, ModulesSdkUtils } from "@medusajs/framework/utils"
import { clientConfig, createClient } from "../connection"
import { maskUrl, messageOf } from "../log"
import {
  type CachingModuleOptions,
  optionsByServer,
  requireCompatible,
  type ResolvedOptions,
  resolveOptions,
} from "../options"
import { statementsFor } from "../sql"
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
  const { caches, targets } = await targetsOf(input)
  await forEach(targets, (target) =>
    withMigrationLock(target, async () => {
      // Medusa 2.11 returns nothing.
      migrated.push(...((await run(target.input)) ?? []))
      await followLogged(target)
    })
  )
  for (const cache of caches) {
    await beginList(cache, input.logger ?? console)
  }
  return migrated
}

/** Called by `medusa db:rollback caching`. */
export async function revertMigration(input: ScriptInput): Promise<void> {
  const revert = ModulesSdkUtils.buildRevertMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<void>
  const { targets } = await targetsOf(input)
  await forEach(targets, (target) =>
    withMigrationLock(target, () => revert(target.input))
  )
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
async function targetsOf(input: ScriptInput) {
  const moduleOptions: CachingModuleOptions = input.options ?? {}
  const targets = new Map<string, Target>()
  const caches: ResolvedOptions[] = []
  for (const { resolve, options } of moduleOptions.providers ?? []) {
    if (await isOurs(resolve)) {
      requireCompatible(options, moduleOptions)
      const resolved = resolveOptions(options ?? {}, moduleOptions)
      caches.push(resolved)
      const { servers } = resolved
      for (const one of servers.length > 0
        ? optionsByServer(resolved)
        : [resolved]) {
        const { clientUrl, schema } = one.database
        targets.set(`${clientUrl} ${schema}`, targetOf(input, one))
      }
    }
  }
  return { caches, targets: [...targets.values()] }
}

/**
 * Goes on after a failure, so that one server that is away does not hold up the others.
 *
 * @throws naming every server that failed
 */
async function forEach(
  targets: readonly Target[],
  run: (target: Target) => Promise<void>
): Promise<void> {
  const failures: { error: unknown; line: string }[] = []
  for (const target of targets) {
    await run(target).catch((error: unknown) => {
      const line = `server "${target.server}": ${messageOf(error)}`
      failures.push({ error, line })
    })
  }
  const [first] = failures
  if (first && targets.length === 1) {
    throw first.error
  }
  if (first) {
    const done = targets.length - failures.length
    throw new Error(
      `[caching-postgres] ${done} of ${targets.length} databases were migrated; these were not: ${failures.map(({ line }) => line).join("; ")}`,
      { cause: first.error }
    )
  }
}

function targetOf(input: ScriptInput, resolved: ResolvedOptions) {
  const moduleOptions: CachingModuleOptions = input.options ?? {}
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
    server: resolved.server ?? maskUrl(clientUrl),
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
  await withClient(target, ignoreError, async (client) => {
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
 * Tells new servers which list they belong to. Where there is a list already, it is left as it is: processes that run
 * use it, and only `medusa-caching-postgres servers` changes it. A namespace that one of the servers had to itself
 * before stays there until then.
 */
async function beginList(
  options: ResolvedOptions,
  logger: Target["logger"]
): Promise<void> {
  const names = options.servers.map(({ name }) => name).sort()
  const servers = optionsByServer(options)
  const ask = async (
    ask: "findUse" | "readServer"
  ): Promise<ResolvedOptions[]> => {
    const answers = await Promise.all(
      servers.map(async (server) => {
        const statement = statementsFor(server.database.schema)[ask]
        let found = 0
        await withClient(server, ignoreError, async (client) => {
          const { text } = statement
          found = (await client.query(text, [options.namespace])).rows.length
        })
        return found > 0 ? server : []
      })
    )
    return answers.flat()
  }
  const inList = await ask("readServer")
  const used = inList.length > 0 ? [] : await ask("findUse")
  if (used.length > 1) {
    const both = used.map(({ server }) => server).join(" and ")
    throw new Error(
      `[caching-postgres] the namespace "${options.namespace}" has entries on the servers ${both}, which belong to no list: empty one of them with \`npx medusa-caching-postgres clear --all --database-url …\``
    )
  }
  const members = used[0] ? [used[0].server!] : names
  for (const { server, database } of inList.length > 0 ? [] : servers) {
    if (members.includes(server!)) {
      const { text } = statementsFor(database.schema).writeServer
      const row = [options.namespace, server, 1, members.join(), null]
      await withClient({ database }, ignoreError, async (client) => {
        await client.query(text, row)
      })
    }
  }
  const present =
    inList.length > 0 ? inList.map(({ server }) => server!) : members
  const others = names.filter((name) => !present.includes(name))
  if (others.length > 0) {
    logger.info(
      `[caching-postgres] the servers ${others.join(", ")} hold no keys yet: once every process of the shop has these options, run \`npx medusa-caching-postgres servers --use ${names.join()}\``
    )
  }
}

const ignoreError = () => {}

/**
 * @param onError hears of a connection that breaks. Without a listener, one that breaks while idle would end the
 *   process; a statement under way fails as well.
 */
async function withClient(
  { database }: Pick<Target, "database">,
  onError: (error: Error) => void,
  use: (client: Client) => Promise<void>
): Promise<void> {
  const client = createClient(clientConfig({ database }))
  client.on("error", onError)
  await client.connect()
  await use(client).finally(() => client.end())
}
