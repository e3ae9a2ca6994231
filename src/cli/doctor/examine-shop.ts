import {
  differInStorage,
  OptionError,
  placeOf,
  type ResolvedOptions,
  resolveOptions,
} from "../../options"
import type { Form, Shop } from "../shop/load-shop"
import { chooseRegistration } from "../target"
import { type Finding, ok, problem, type Result } from "./check"

interface Examination {
  readonly findings: Finding[]
  /** The options of the caches that the shop registers, unless they are wrong. */
  readonly caches: ResolvedOptions[]
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
 */
export function examineShop(
  { cachingIsOn, registrations, database }: Shop,
  providerId: string | undefined
): Examination {
  const flag = cachingIsOn
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
  const caches: { id: string; options: ResolvedOptions }[] = []
  const chosen =
    providerId === undefined
      ? registrations
      : [chooseRegistration(registrations, providerId)]
  for (const { id, form, options: given } of chosen) {
    try {
      const options = resolveOptions(given ?? {}, { database })
      caches.push({ id, options })
      add(
        form === "name"
          ? ok(`"${id}", namespace "${options.namespace}"`)
          : problem(
              `"${id}": resolve is ${CONSEQUENCES[form](id)}`,
              'Write the name of the package, in quotes: `resolve: "medusa-caching-postgres"`.'
            )
      )
    } catch (error) {
      if (!(error instanceof OptionError)) {
        throw error
      }
      for (const line of error.lines) {
        add(problem(line, "Correct it in medusa-config."), "options")
      }
    }
  }
  for (const cache of caches) {
    const sharing = caches.filter(
      ({ options }) => placeOf(options) === placeOf(cache.options)
    )
    // One finding names all of them.
    if (sharing.length > 1 && sharing[0] === cache) {
      const ids = sharing.map(({ id }) => `"${id}"`).join(" and ")
      add(
        problem(
          `${ids} have the same namespace on the same tables, so that they would share their entries: the shop does not start`,
          "Give each of them an option `namespace` of its own."
        )
      )
    }
  }
  for (const [index, { id, options }] of caches.entries()) {
    for (const other of caches.slice(index + 1)) {
      if (differInStorage(options, other.options)) {
        add(
          problem(
            `"${id}" and "${other.id}" share their tables and differ in \`logged\`: the shop does not start`,
            "Give both the same value of `logged`."
          )
        )
      }
    }
  }
  return { findings, caches: caches.map(({ options }) => options) }
}
