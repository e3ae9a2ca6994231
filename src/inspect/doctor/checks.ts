import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { MetadataStorage } from "@medusajs/framework/mikro-orm/core"
import type { Client } from "@medusajs/framework/pg"
import {
  atMost,
  NEAR_CACHE_CONNECTIONS,
  type OpenClient,
  withSettings,
} from "../../connection"
import { maskUrl, messageOf } from "../../log"
import * as models from "../../models"
import type { ResolvedOptions } from "../../options"
import { ALL_TABLE_NAMES } from "../../sql/statement"
import { Database, type Query } from "../database"
import { codeOf } from "../errors"
import { ago } from "../../units"
import * as sql from "./sql"

export interface Result {
  readonly status: "ok" | "warning" | "problem"
  readonly message: string
  /** What to do, unless all is well. */
  readonly advice?: string
}

/** What a check examines. */
export interface Subject {
  readonly options: ResolvedOptions
  readonly database: Database
  /** The names of the cache's tables that exist. */
  readonly tables: readonly string[]
  /** Opens another connection, by default to the database, which is closed after the check. */
  readonly connect: (clientUrl?: string) => Promise<Client>
}

export type Check = (subject: Subject) => Promise<Result | Result[]>

const result =
  (status: Result["status"]) =>
  (message: string, advice?: string): Result => ({ status, message, advice })
export const ok = result("ok")
/** The cache works, but not as it should, or not for long. */
export const warning = result("warning")
/** The cache does not work, or loses what it must keep. */
export const problem = result("problem")

/** Ten runs of the default schedule. */
const RECENT_SWEEP_SECONDS = 600
/** PgBouncer hands out the connection that was used last; this many take up those before the one looked for. */
const HOLDING_CONNECTIONS = 3
/** Only a pool without a free connection makes a trivial query take so long. */
const TIMEOUT_MS = 3_000
/** In milliseconds; a value that nobody configures. */
const UNUSUAL_TIMEOUT = 54_321
/** PostgreSQL's "prepared statement does not exist" and "already exists". */
const STATEMENT_ERRORS = ["26000", "42P05"]

/** Next to `src` in the repository, and next to `dist/src` in the package. */
const MIGRATIONS = join(__dirname, "..", "..", "..", "migrations")
const MIGRATE =
  "Run `npx medusa db:migrate` in the shop's folder, with the configuration that the shop has."
const RECREATE =
  "Make the tables anew, which empties the cache: `npx medusa db:rollback caching`, then `npx medusa db:migrate`."

/** Checks that all tables exist, and that Medusa's ledger names the migrations that created them. */
const checkMigrations: Check = async ({ database, tables }) => {
  const missing = ALL_TABLE_NAMES.filter((name) => !tables.includes(name))
  const unrecorded = await unrecordedMigrations(database)
  if (missing.length > 0) {
    return problem(
      `no table ${missing.join(", ")} in schema "${database.schema}"`,
      remedy(unrecorded)
    )
  }
  return unrecorded?.length
    ? warning(
        `the tables are there, but mikro_orm_migrations does not name ${unrecorded.join(", ")}`,
        `${MIGRATE} It keeps what is there.`
      )
    : ok(unrecorded ? "applied" : "the tables are there")
}

/** @returns `undefined` if the role may not read the ledger; a role that only runs the cache need not */
async function unrecordedMigrations(database: Database) {
  const migrations = readdirSync(MIGRATIONS).flatMap(
    (file) => /^(Migration\w+)\.[jt]s$/.exec(file)?.[1] ?? []
  )
  const [ledger] = await database.run<{ readable: boolean }>(sql.findLedger)
  if (!ledger?.readable) {
    return ledger ? undefined : migrations
  }
  return database.names(sql.findUnrecorded, [migrations])
}

/** Medusa does not run a migration again that the ledger names. */
function remedy(unrecorded: string[] | undefined): string {
  if (!unrecorded) {
    return `${MIGRATE} If it says that all is up to date: \`npx medusa db:rollback caching\`, then \`npx medusa db:migrate\` again.`
  }
  return unrecorded.length > 0
    ? MIGRATE
    : `mikro_orm_migrations says that they were made, so that \`db:migrate\` alone makes nothing. ${RECREATE}`
}

/** As given to the decorator; MikroORM's own type describes what it becomes later. */
interface Column {
  readonly name: string
  readonly columnType: string
  readonly nullable?: boolean
  readonly primary?: boolean
}

/** A table as its model describes it. */
function tableOfModel(model: object) {
  const { tableName, properties, uniques, indexes } =
    MetadataStorage.getMetadataFromDecorator(model as never)
  const columns = Object.values<Column>(properties)
  const primary = columns.filter((one) => one.primary).map(({ name }) => name)
  const index = (kind: string, names: unknown) =>
    `${kind} on (${[names].flat().join(", ")})`
  return {
    name: tableName,
    columns: columns.map(({ name, columnType, nullable = false }) => ({
      name,
      type: columnType,
      nullable,
    })),
    indexes: [
      index("primary key", primary),
      ...uniques.map((one) => index("unique index", one.properties)),
      ...indexes.map((one) =>
        index(one.expression ? "partial index" : "index", one.properties)
      ),
    ],
  }
}

/**
 * Detects a pooler or proxy and its mode. With a pooler, the server's process at log-in and in a statement differ; in
 * transaction mode, other clients get the same process.
 */
const checkPooler: Check = async ({ options, connect }) => {
  const client = await connect()
  const pid = await readPid(client)
  if (pid === (client as OpenClient).processID) {
    return ok("none: connections lead to the server itself")
  }
  const others: Client[] = []
  let isShared = false
  while (others.length < HOLDING_CONNECTIONS && !isShared) {
    const other = await connect()
    others.push(other)
    const pidOfOther = other.query("begin").then(() => readPid(other))
    pidOfOther.catch(() => {})
    if (!(await atMost(TIMEOUT_MS, pidOfOther))) {
      const { pool, nearCache } = options
      const needed = pool.max + (nearCache ? NEAR_CACHE_CONNECTIONS : 0)
      return warning(
        "there is a pooler in session mode, and it has no server connection left",
        `Allow ${needed} connections for each process of the shop, or use transaction mode.`
      )
    }
    isShared = (await pidOfOther) === pid
  }
  await Promise.all(others.map((other) => other.query("rollback")))
  const mode = isShared ? "transaction" : "session"
  const settings = (await takesStartupOptions(options))
    ? ""
    : "; it takes no start-up options, so each statement brings the cache's settings along"
  return ok(`there is one, in ${mode} mode${settings}`)
}

async function readPid(client: Client): Promise<number> {
  const text = "select pg_backend_pid() as pid"
  const { rows } = await client.query<{ pid: number }>(text)
  return rows[0]!.pid
}

function takesStartupOptions(options: ResolvedOptions): Promise<boolean> {
  const settings = { statement_timeout: UNUSUAL_TIMEOUT }
  const clientUrl = withSettings(options.database.clientUrl, settings)
  const database = { ...options.database, clientUrl }
  return Database.with({ ...options, database }, async (opened) => {
    const text = "select current_setting('statement_timeout') as value"
    const [row] = await opened.run<{ value: string }>(text)
    return row!.value === `${UNUSUAL_TIMEOUT}ms`
  }).catch(() => false)
}

/**
 * Checks that a prepared statement can be used again after another client has prepared one under the same name, and
 * after a pooler may have switched to another connection of the server.
 */
const checkPreparedStatements: Check = async ({ connect }) => {
  const [one, other] = [await connect(), await connect()]
  const statement = { name: randomName(), text: "select $1::int", values: [1] }
  try {
    await one.query(statement)
    // The transaction holds the server's connection that the first client used.
    await other.query("begin")
    // Awaited after the commit only: it may wait for that very connection.
    const again = one.query(statement)
    again.catch(() => {})
    await other.query(statement)
    await other.query("commit")
    await again
    return ok("work, from several clients at once")
  } catch (error) {
    if (!STATEMENT_ERRORS.includes(codeOf(error) ?? "")) {
      throw error
    }
    return warning(
      `the pooler does not keep prepared statements: ${messageOf(error)}`,
      "The cache sends its statements without names, which takes the server more time. PgBouncer keeps them from 1.21 on, with `max_prepared_statements` above 0; or give the cache a direct URL in `database.clientUrl`."
    )
  }
}

/**
 * Checks that a notification reaches a connection that listens, as the near cache does if there is one. Another
 * connection sends it: through a pooler in transaction mode a connection may receive its own notifications and no
 * others.
 */
const checkNotifications: Check = async ({ options, database, connect }) => {
  const channel = randomName()
  const { clientUrl } = options.nearCache || {}
  let listener: Client
  try {
    listener = await connect(clientUrl)
  } catch (error) {
    if (clientUrl === undefined) {
      throw error
    }
    return warning(
      `the near cache is off: ${messageOf(error)}`,
      "Correct `nearCache.clientUrl`. The cache works without."
    )
  }
  // Nobody else knows the channel.
  const received = once(listener, "notification")
  received.catch(() => {})
  await listener.query(`listen ${channel}`)
  await database.client.query("select pg_notify($1, '')", [channel])
  if (await atMost(TIMEOUT_MS, received)) {
    const where = clientUrl ? `, at ${maskUrl(clientUrl)}` : ""
    return ok(`LISTEN and NOTIFY work${where}`)
  }
  return clientUrl
    ? warning(
        `a NOTIFY does not arrive at ${maskUrl(clientUrl)}: the near cache is off`,
        "`nearCache.clientUrl` must lead to the cache's own database, past any pooler in transaction mode. The cache works without."
      )
    : warning(
        "a NOTIFY does not arrive at a connection that listens, as behind a pooler in transaction mode",
        "The cache works without, but for a near cache: give that a direct URL in `nearCache.clientUrl`."
      )
}

function randomName(): string {
  return `caching_postgres_doctor_${randomBytes(8).toString("hex")}`
}

/** Checks that Citus has not distributed the tables: statements would be refused, or take many times as long. */
const checkCitus: Check = async (subject) => {
  const [citus] = await subject.database.run<{ found: boolean }>(sql.findCitus)
  return citus!.found ? bySql(sql.examineCitus)(subject) : []
}

/** Checks that some process has swept recently. */
const checkSweep: Check = async ({ database, options }) => {
  const [last] = await database.run<{ seconds: number }>(sql.readLastSweep)
  const text = last ? `last run ${ago(last.seconds)}` : "has never run"
  if (last && last.seconds <= RECENT_SWEEP_SECONDS) {
    return ok(text)
  }
  return warning(
    text,
    options.sweep === false
      ? "`sweep: false` leaves it to other processes, and none does it; let one of them sweep."
      : `Does the shop run, and does it log that the sweep failed? Its schedule is "${options.sweep.schedule}". \`npx medusa-caching-postgres sweep\` runs it now.`
  )
}

/**
 * A check by a statement alone.
 *
 * @param fine what is said if it has no result
 */
const bySql =
  (
    statement: Query,
    fine?: string,
    parameters: (options: ResolvedOptions) => unknown[] = () => []
  ): Check =>
  async ({ database, options }) => {
    const rows = await database.run<Result>(statement, parameters(options))
    return rows.length === 0 && fine
      ? ok(fine)
      : rows.map((row) => ({ ...row, advice: row.advice ?? undefined }))
  }

/** A check that needs the tables; without them it says nothing. */
const ifTablesExist =
  (check: Check): Check =>
  async (subject) =>
    subject.tables.length > 0 ? check(subject) : []

/** By their names, in their order. */
export const CHECKS: Record<string, Check> = {
  server: bySql(sql.examineServer),
  writes: bySql(sql.examineWrites, "the database takes them"),
  migrations: checkMigrations,
  tables: ifTablesExist(
    bySql(
      sql.examineStructure,
      "columns, types, keys, indexes and functions as they should be",
      () => [JSON.stringify(Object.values(models).map(tableOfModel)), RECREATE]
    )
  ),
  storage: ifTablesExist(
    bySql(sql.examineStorage, undefined, ({ logged }) => [logged])
  ),
  indexes: ifTablesExist(bySql(sql.examineIndexes)),
  citus: ifTablesExist(checkCitus),
  autovacuum: ifTablesExist(bySql(sql.examineAutovacuum, "on, and keeping up")),
  rights: ifTablesExist(
    bySql(sql.examineRights, "the role may do all that the cache does")
  ),
  pooler: checkPooler,
  "prepared statements": checkPreparedStatements,
  notifications: checkNotifications,
  sweep: ifTablesExist(checkSweep),
}
