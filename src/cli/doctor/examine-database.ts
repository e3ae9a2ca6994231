import type { Client } from "@medusajs/framework/pg"
import { atMost } from "../../connection"
import type { ResolvedOptions } from "../../options"
import { Database } from "../database"
import { explain } from "../errors"
import { maskUrl } from "../../log"
import { readTables } from "../sql/read-tables"
import type { Check, Patient } from "./check"
import { autovacuumCheck } from "./checks/autovacuum"
import { durabilityCheck } from "./checks/durability"
import { indexValidityCheck } from "./checks/index-validity"
import { migrationsCheck } from "./checks/migrations"
import { notificationsCheck } from "./checks/notifications"
import { poolerCheck } from "./checks/pooler"
import { preparedStatementsCheck } from "./checks/prepared-statements"
import { rightsCheck } from "./checks/rights"
import { serverCheck } from "./checks/server"
import { structureCheck } from "./checks/structure"
import { sweepCheck } from "./checks/sweep"
import { writesCheck } from "./checks/writes"
import { expectedTables } from "./expected-tables"
import { type Finding, ok, problem, type Result } from "./finding"

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ["server", serverCheck],
  ["writes", writesCheck],
  ["migrations", migrationsCheck],
  ["tables", structureCheck],
  ["storage", durabilityCheck],
  ["indexes", indexValidityCheck],
  ["autovacuum", autovacuumCheck],
  ["rights", rightsCheck],
  ["pooler", poolerCheck],
  ["prepared statements", preparedStatementsCheck],
  ["notifications", notificationsCheck],
  ["sweep", sweepCheck],
]

/** Behind a pooler without a free server connection a check would wait without end. */
const LONGEST_CHECK_MS = 8_000

/** Looks at all that the cache needs of its database. */
export async function examineDatabase(
  options: ResolvedOptions
): Promise<Finding[]> {
  const check = "connection"
  let database: Database
  try {
    database = await Database.open(options)
  } catch (error) {
    return [{ check, ...unreachable(error) }]
  }
  try {
    const url = maskUrl(options.database.clientUrl)
    return [
      { check, ...ok(`${url}, schema "${options.database.schema}"`) },
      ...(await runChecks(options, database)),
    ]
  } finally {
    await database.close()
  }
}

async function runChecks(
  options: ResolvedOptions,
  database: Database
): Promise<Finding[]> {
  const tables = await database.run<Patient["tables"][number]>(readTables, [
    options.database.schema,
    expectedTables().map(({ name }) => name),
  ])
  const findings: Finding[] = []
  for (const [name, check] of CHECKS) {
    const results = await runCheck(check, { options, database, tables })
    findings.push(...results.map((result) => ({ check: name, ...result })))
  }
  return findings
}

/** With connections of its own, so that no check finds what another has left. */
async function runCheck(
  check: Check,
  patient: Omit<Patient, "connect">
): Promise<Result[]> {
  const opened: Database[] = []
  const connect = async (): Promise<Client> => {
    const further = await Database.open(patient.options)
    opened.push(further)
    return further.client
  }
  try {
    const checked = Promise.resolve(check({ ...patient, connect }))
    checked.catch(() => {})
    if (!(await atMost(LONGEST_CHECK_MS, checked))) {
      throw new Error(`no answer within ${LONGEST_CHECK_MS} ms`)
    }
    return await checked
  } catch (error) {
    return [
      problem(
        `could not be checked: ${explain(error)}`,
        "Put right what else is found here, and run this again."
      ),
    ]
  } finally {
    await Promise.all(opened.map((further) => further.close()))
  }
}

function unreachable(error: unknown): Result {
  return problem(
    explain(error),
    "Does the server run, can it be reached from here, and are user, password and database right?"
  )
}
