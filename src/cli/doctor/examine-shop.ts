import {
  differInStorage,
  OptionError,
  placeOf,
  type ResolvedOptions,
  resolveOptions,
} from "../../options"
import type { Form, Registration, Shop } from "../shop/load-shop"
import { chooseRegistration } from "../target"
import { type Finding, ok, problem, type Result } from "./check"

interface Examination {
  readonly findings: Finding[]
  /** The options of the caches that the shop registers, unless they are wrong. */
  readonly caches: ResolvedOptions[]
}

interface Cache {
  readonly id: string
  readonly options: ResolvedOptions
}

/** What Medusa makes of a registration whose `resolve` is no name, with its error messages verbatim. */
const CONSEQUENCES: Record<Exclude<Form, "name">, (id: string) => string> = {
  exports: () =>
    "what `require` returns, and not a name: the shop ends at its start with `moduleProviderServices is not iterable`",
  provider: (id) =>
    `the imported provider, and not a name: Medusa does not register it, caches nothing, and logs \`AwilixResolutionError: Could not resolve '__providers__caching-postgres_${id}'\``,
}

/**
 * Examines what the shop's configuration says.
 *
 * @param providerId the only registration to examine; without one, all are examined
 * @throws {CommandError} where `--provider` names none
 */
export function examineShop(
  shop: Shop,
  providerId: string | undefined
): Examination {
  const { registrations } = shop
  const flag = shop.cachingIsOn
    ? ok("caching is on")
    : problem(
        "caching is off: Medusa caches nothing",
        "Set `featureFlags: { caching: true }` in medusa-config, or MEDUSA_FF_CACHING=true."
      )
  const findings: Finding[] = [{ check: "feature flag", ...flag }]
  const add = (result: Result, check = "registration") =>
    findings.push({ check, ...result })
  if (registrations.length === 0) {
    add(
      problem(
        "medusa-config registers no provider of medusa-caching-postgres",
        'Register it under the Caching Module\'s `providers`, with `resolve: "medusa-caching-postgres"`.'
      )
    )
    return { findings, caches: [] }
  }
  const chosen =
    providerId === undefined
      ? registrations
      : [chooseRegistration(registrations, providerId)]
  const caches: Cache[] = []
  for (const registration of chosen) {
    try {
      const { database } = shop
      const options = resolveOptions(registration.options ?? {}, { database })
      caches.push({ id: registration.id, options })
      add(examineForm(registration, options.namespace))
    } catch (error) {
      if (!(error instanceof OptionError)) {
        throw error
      }
      for (const line of error.lines) {
        add(problem(line, "Correct it in medusa-config."), "options")
      }
    }
  }
  examinePairs(caches).forEach((result) => add(result))
  return { findings, caches: caches.map(({ options }) => options) }
}

function examineForm({ id, form }: Registration, namespace: string): Result {
  return form === "name"
    ? ok(`"${id}", namespace "${namespace}"`)
    : problem(
        `"${id}": resolve is ${CONSEQUENCES[form](id)}`,
        'Write the name of the package, in quotes: `resolve: "medusa-caching-postgres"`.'
      )
}

/** Finds caches that must not exist next to each other. */
function examinePairs(caches: readonly Cache[]): Result[] {
  const groups = new Map<string, string[]>()
  for (const { id, options } of caches) {
    const place = placeOf(options)
    groups.set(place, [...(groups.get(place) ?? []), `"${id}"`])
  }
  const sharing = [...groups.values()].filter((ids) => ids.length > 1)
  const differing = caches.flatMap((one, index) =>
    caches
      .slice(index + 1)
      .filter((other) => differInStorage(one.options, other.options))
      .map((other) => [one.id, other.id])
  )
  return [
    ...sharing.map((ids) =>
      problem(
        `${ids.join(" and ")} have the same namespace on the same tables, so that they would share their entries: the shop does not start`,
        "Give each of them an option `namespace` of its own."
      )
    ),
    ...differing.map(([one, other]) =>
      problem(
        `"${one}" and "${other}" share their tables and differ in \`logged\`: the shop does not start`,
        "Give both the same value of `logged`."
      )
    ),
  ]
}
