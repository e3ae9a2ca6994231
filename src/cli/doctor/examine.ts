import { atMost } from "../../connection"
import { maskUrl } from "../../log"
import {
  differInStorage,
  OptionError,
  optionsByServer,
  placeOf,
  shareEntries,
  type ResolvedOptions,
  resolveOptions,
} from "../../options"
import { withServers } from "../commands/servers"
import { Database } from "../database"
import { explain } from "../errors"
import { chooseRegistration, type Form, type Shop } from "../shop"
import { listTables } from "../sql/doctor"
import { examineList } from "./list-of-servers"
import {
  type Check,
  CHECKS,
  ok,
  problem,
  type Result,
  type Subject,
} from "./checks"

/** A result under the name of its check. */
export interface Finding extends Result {
  readonly check: string
}

/** A pooler without a free server connection would let a check wait without end. */
const CHECK_TIMEOUT_MS = 8_000

/** What Medusa makes of a registration whose `resolve` is no name, with its error messages verbatim. */
const CONSEQUENCES: Record<Exclude<Form, "name">, (id: string) => string> = {
  exports: () =>
    "what `require` returns, and not a name: the shop ends at its start with `moduleProviderServices is not iterable`",
  provider: (id) =>
    `the imported provider, and not a name: Medusa does not register it, caches nothing, and logs \`AwilixResolutionError: Could not resolve '__providers__caching-postgres_${id}'\``,
}

/** What keeps a shop with two such registrations from starting. */
const CONFLICTS = [
  {
    exists: shareEntries,
    what: "have the same namespace on the same tables, so that they would share their entries",
    advice: "Give each of them an option `namespace` of its own.",
  },
  {
    exists: differInStorage,
    what: "share their tables and differ in `logged`",
    advice: "Give both the same value of `logged`.",
  },
]

/** @param providerId the only registration of a shop to examine */
export async function examine(
  target: ResolvedOptions | Shop,
  providerId: string | undefined
): Promise<Finding[]> {
  if (!("registrations" in target)) {
    return examineDatabase(target)
  }
  const { findings, caches } = examineShop(target, providerId)
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

/**
 * Examines what the shop's configuration says.
 *
 * @param providerId the only registration to examine; without one, all are examined
 * @returns also the options of the caches that the shop registers, unless they are wrong
 */
export function examineShop(
  { cachingIsOn, registrations, database }: Shop,
  providerId: string | undefined
): { findings: Finding[]; caches: ResolvedOptions[] } {
  const findings: Finding[] = []
  const fine = (check: string, message: string) =>
    findings.push({ check, ...ok(message) })
  const fault = (check: string, message: string, advice: string) =>
    findings.push({ check, ...problem(message, advice) })

  if (cachingIsOn) {
    fine("feature flag", "caching is on")
  } else {
    fault(
      "feature flag",
      "caching is off: Medusa caches nothing",
      "Set `featureFlags: { caching: true }` in medusa-config, or MEDUSA_FF_CACHING=true."
    )
  }
  if (registrations.length === 0) {
    fault(
      "registration",
      "medusa-config registers no provider of medusa-caching-postgres",
      'Register it under the Caching Module\'s `providers`, with `resolve: "medusa-caching-postgres"`.'
    )
    return { findings, caches: [] }
  }
  const caches: { id: string; options: ResolvedOptions }[] = []
  const chosen =
    providerId === undefined
      ? registrations
      : [chooseRegistration(registrations, providerId)]
  for (const { id, form, options: given } of chosen) {
    try {
      const options = resolveOptions(given ?? {}, { database })
      caches.push({ id, options })
      if (form === "name") {
        fine("registration", `"${id}", namespace "${options.namespace}"`)
      } else {
        fault(
          "registration",
          `"${id}": resolve is ${CONSEQUENCES[form](id)}`,
          'Write the name of the package, in quotes: `resolve: "medusa-caching-postgres"`.'
        )
      }
    } catch (error) {
      if (!(error instanceof OptionError)) {
        throw error
      }
      for (const line of error.lines) {
        fault("options", line, "Correct it in medusa-config.")
      }
    }
  }
  for (const [index, one] of caches.entries()) {
    for (const other of caches.slice(index + 1)) {
      for (const { exists, what, advice } of CONFLICTS) {
        if (exists(one.options, other.options)) {
          const message = `"${one.id}" and "${other.id}" ${what}: the shop does not start`
          fault("registration", message, advice)
        }
      }
    }
  }
  return { findings, caches: caches.map(({ options }) => options) }
}

/** Examines all that the cache needs of its database. */
async function examineDatabase(options: ResolvedOptions): Promise<Finding[]> {
  const of = options.server ? `server "${options.server}", ` : ""
  const check = `${of}connection`
  const { clientUrl, schema } = options.database
  try {
    return await Database.with(options, async (database) => {
      const tables = await database.names(listTables)
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
    const checked = check({ ...subject, connect })
    checked.catch(() => {})
    if (!(await atMost(CHECK_TIMEOUT_MS, checked))) {
      throw new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)
    }
    return [await checked].flat()
  } catch (error) {
    const advice = "Fix the other findings first, and run doctor again."
    return [problem(`could not be checked: ${explain(error)}`, advice)]
  } finally {
    await Promise.all(opened.map((database) => database.close()))
  }
}
