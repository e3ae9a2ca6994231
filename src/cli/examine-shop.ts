import type { Finding } from "../inspect/doctor/examine"
import {
  differInStorage,
  OptionError,
  type ResolvedOptions,
  resolveOptions,
  shareEntries,
} from "../options"
import { chooseRegistration, type Form, type Shop } from "./shop"

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
    findings.push({ check, status: "ok", message })
  const fault = (check: string, message: string, advice: string) =>
    findings.push({ check, status: "problem", message, advice })

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
