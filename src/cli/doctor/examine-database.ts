import { atMost } from "../../connection"
import { maskUrl } from "../../log"
import type { ResolvedOptions } from "../../options"
import { TABLE_NAMES } from "../../sql/tables"
import { Database } from "../database"
import { explain } from "../errors"
import { readTables } from "../sql/catalog"
import {
  type Check,
  type Finding,
  ok,
  problem,
  type Result,
  type Subject,
  type TableState,
} from "./check"
import {
  checkNotifications,
  checkPooler,
  checkPreparedStatements,
} from "./connections"
import { checkRights, checkServer, checkSweep, checkWrites } from "./server"
import { checkAutovacuum, checkIndexes, checkStorage } from "./storage"
import { checkMigrations, checkStructure } from "./structure"

const CHECKS: Record<string, Check> = {
  server: checkServer,
  writes: checkWrites,
  migrations: checkMigrations,
  tables: checkStructure,
  storage: checkStorage,
  indexes: checkIndexes,
  autovacuum: checkAutovacuum,
  rights: checkRights,
  pooler: checkPooler,
  "prepared statements": checkPreparedStatements,
  notifications: checkNotifications,
  sweep: checkSweep,
}

/** A pooler without a free server connection would let a check wait without end. */
const CHECK_TIMEOUT_MS = 8_000

/** Examines all that the cache needs of its database. */
export async function examineDatabase(
  options: ResolvedOptions
): Promise<Finding[]> {
  const check = "connection"
  let database: Database
  try {
    database = await Database.open(options)
  } catch (error) {
    const advice =
      "Does the server run, can it be reached from here, and are user, password and database right?"
    return [{ check, ...problem(explain(error), advice) }]
  }
  try {
    const { clientUrl, schema } = options.database
    const tables = await database.run<TableState>(readTables, [
      schema,
      TABLE_NAMES,
    ])
    const findings: Finding[] = [
      { check, ...ok(`${maskUrl(clientUrl)}, schema "${schema}"`) },
    ]
    for (const [name, run] of Object.entries(CHECKS)) {
      const results = await runCheck(run, { options, database, tables })
      findings.push(...results.map((result) => ({ check: name, ...result })))
    }
    return findings
  } finally {
    await database.close()
  }
}

/** Each check gets connections of its own, so that it does not depend on what another has left in a session. */
async function runCheck(
  check: Check,
  subject: Omit<Subject, "connect">
): Promise<Result[]> {
  const opened: Database[] = []
  const connect = async () => {
    const database = await Database.open(subject.options)
    opened.push(database)
    return database.client
  }
  try {
    const checked = Promise.resolve(check({ ...subject, connect }))
    checked.catch(() => {})
    if (!(await atMost(CHECK_TIMEOUT_MS, checked))) {
      throw new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)
    }
    return [await checked].flat()
  } catch (error) {
    return [
      problem(
        `could not be checked: ${explain(error)}`,
        "Put right what else is found here, and run this again."
      ),
    ]
  } finally {
    await Promise.all(opened.map((database) => database.close()))
  }
}
