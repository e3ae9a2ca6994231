import { inTime } from "../../connection"
import { maskUrl } from "../../log"
import { optionsByServer, placeOf, type ResolvedOptions } from "../../options"
import { Database } from "../database"
import { messageWithAdvice } from "../errors"
import { withServers } from "../lend"
import {
  type Check,
  CHECKS,
  ok,
  problem,
  type Result,
  type Subject,
} from "./checks"
import { examineList } from "./list-of-servers"
import { listTables } from "./sql"

/** A result under the name of its check. */
export interface Finding extends Result {
  readonly check: string
}

/** A pooler without a free server connection would let a check wait without end. */
const CHECK_TIMEOUT_MS = 8_000

/** Examines all that caches need of their databases. */
export async function examineCaches(
  caches: readonly ResolvedOptions[]
): Promise<Finding[]> {
  const findings: Finding[] = []
  // Caches that differ only in their namespaces share a database, which is examined once.
  const databases = new Map(
    caches
      .flatMap((cache) =>
        cache.servers.length > 0 ? optionsByServer(cache) : [cache]
      )
      .map((options) => [placeOf(options.database), options])
  )
  for (const options of databases.values()) {
    findings.push(...(await examineDatabase(options)))
  }
  for (const cache of caches.filter(({ servers }) => servers.length > 0)) {
    const results = await withServers(cache, (servers) => servers.ask())
    findings.push(
      ...examineList(results).map((found) => ({
        check: "list of servers",
        ...found,
      }))
    )
  }
  return findings
}

/** Examines all that the cache needs of its database. */
async function examineDatabase(options: ResolvedOptions): Promise<Finding[]> {
  const of = options.server ? `server "${options.server}", ` : ""
  const check = `${of}connection`
  const { clientUrl, schema } = options.database
  try {
    return await Database.with(options, async (database) => {
      const tables = await inTime(CHECK_TIMEOUT_MS, database.names(listTables))
      const connected = ok(`${maskUrl(clientUrl)}, schema "${schema}"`)
      const findings: Finding[] = [{ check, ...connected }]
      for (const [name, run] of Object.entries(CHECKS)) {
        const results = await runCheck(run, { options, database, tables })
        findings.push(
          ...results.map((found) => ({ check: of + name, ...found }))
        )
      }
      return findings
    })
  } catch (error) {
    const advice =
      "Does the server run, can it be reached from here, and are user, password and database right?"
    return [{ check, ...problem(messageWithAdvice(error), advice) }]
  }
}

/** Gives each check connections of its own, so that it does not depend on what another has left in a session. */
async function runCheck(
  check: Check,
  subject: Omit<Subject, "connect">
): Promise<Result[]> {
  const opened: Database[] = []
  const { options } = subject
  const connect = async (clientUrl = options.database.clientUrl) => {
    const place = { ...options.database, clientUrl }
    const database = await Database.open({ ...options, database: place })
    opened.push(database)
    return database.client
  }
  try {
    const checking = check({ ...subject, connect })
    return [await inTime(CHECK_TIMEOUT_MS, checking)].flat()
  } catch (error) {
    const advice = "Fix the other findings first, and run doctor again."
    return [
      problem(`could not be checked: ${messageWithAdvice(error)}`, advice),
    ]
  } finally {
    await Promise.all(opened.map((database) => database.close()))
  }
}
