import { atMost } from "../../connection"
import { maskUrl } from "../../log"
import type { ResolvedOptions } from "../../options"
import { TABLE_NAMES } from "../../sql/statement"
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

const CHECKS: [name: string, check: Check, needsTables?: "needs tables"][] = [
  ["server", checkServer],
  ["writes", checkWrites],
  ["migrations", checkMigrations],
  ["tables", checkStructure, "needs tables"],
  ["storage", checkStorage, "needs tables"],
  ["indexes", checkIndexes, "needs tables"],
  ["autovacuum", checkAutovacuum, "needs tables"],
  ["rights", checkRights, "needs tables"],
  ["pooler", checkPooler],
  ["prepared statements", checkPreparedStatements],
  ["notifications", checkNotifications],
  ["sweep", checkSweep],
]

/** A pooler without a free server connection would let a check wait without end. */
const CHECK_TIMEOUT_MS = 8_000

/** Examines all that the cache needs of its database. */
export async function examineDatabase(
  options: ResolvedOptions
): Promise<Finding[]> {
  const check = "connection"
  const { clientUrl, schema } = options.database
  try {
    return await Database.with(options, async (database) => {
      const which = [schema, TABLE_NAMES]
      const tables = await database.run<TableState>(readTables, which)
      const findings: Finding[] = [
        { check, ...ok(`${maskUrl(clientUrl)}, schema "${schema}"`) },
      ]
      for (const [name, run, needsTables] of CHECKS) {
        if (tables.length > 0 || !needsTables) {
          const results = await runCheck(run, { options, database, tables })
          findings.push(...results.map((found) => ({ check: name, ...found })))
        }
      }
      return findings
    })
  } catch (error) {
    const advice =
      "Does the server run, can it be reached from here, and are user, password and database right?"
    return [{ check, ...problem(explain(error), advice) }]
  }
}

/** Gives each check connections of its own, so that it does not depend on what another has left in a session. */
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
    const advice = "Put right what else is found here, and run this again."
    return [problem(`could not be checked: ${explain(error)}`, advice)]
  } finally {
    await Promise.all(opened.map((database) => database.close()))
  }
}
