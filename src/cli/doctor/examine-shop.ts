import {
  differInStorage,
  OptionError,
  placeOf,
  type ResolvedOptions,
  resolveOptions,
} from "../../options"
import { chooseRegistration } from "../shop/choose-registration"
import type { Form, Registration } from "../shop/find-registrations"
import type { Shop } from "../shop/load-shop"
import { type Finding, ok, problem, type Result } from "./finding"

/** What the shop's configuration says, and the caches that it registers as far as their options are right. */
export interface ShopExamination {
  readonly findings: readonly Finding[]
  readonly caches: readonly ResolvedOptions[]
}

interface Examined {
  readonly registration: Registration
  readonly results: readonly Finding[]
  readonly options?: ResolvedOptions
}

/**
 * @param providerId the only registration to examine; all of them without one
 * @throws {CommandError} where `--provider` names none
 */
export function examineShop(
  shop: Shop,
  providerId: string | undefined
): ShopExamination {
  const caching = { check: "feature flag", ...cachingFlag(shop) }
  if (shop.registrations.length === 0) {
    const registration = { check: "registration", ...unregistered }
    return { findings: [caching, registration], caches: [] }
  }
  const chosen =
    providerId === undefined
      ? shop.registrations
      : [chooseRegistration(shop.registrations, providerId)]
  const examined = chosen.map((registration) => examine(registration, shop))
  return {
    findings: [
      caching,
      ...examined.flatMap(({ results }) => results),
      ...sharing(examined),
      ...disagreeing(examined),
    ],
    caches: examined.flatMap(({ options }) => options ?? []),
  }
}

function examine(registration: Registration, shop: Shop): Examined {
  try {
    const options = resolveOptions(registration.options ?? {}, {
      database: shop.database,
    })
    const results = [
      { check: "registration", ...ofForm(registration, options) },
    ]
    return { registration, results, options }
  } catch (error) {
    if (!(error instanceof OptionError)) {
      throw error
    }
    const results = error.lines.map((line) => ({
      check: "options",
      ...problem(line, "Correct it in medusa-config."),
    }))
    return { registration, results }
  }
}

/** What Medusa makes of a registration that is no name, word for word, so that it can be searched for. */
const CONSEQUENCES: Record<Exclude<Form, "name">, (id: string) => string> = {
  exports: () =>
    "what `require` returns, and not a name: the shop ends at its start with `moduleProviderServices is not iterable`",
  provider: (id) =>
    `the imported provider, and not a name: Medusa does not register it, caches nothing, and logs \`AwilixResolutionError: Could not resolve '__providers__caching-postgres_${id}'\``,
}

function ofForm(
  { id, form }: Registration,
  { namespace }: ResolvedOptions
): Result {
  return form === "name"
    ? ok(`"${id}", namespace "${namespace}"`)
    : problem(
        `"${id}": resolve is ${CONSEQUENCES[form](id)}`,
        'Write the name of the package, in quotes: `resolve: "medusa-caching-postgres"`.'
      )
}

/** Registrations that have the same namespace on the same tables. */
function sharing(examined: readonly Examined[]): Finding[] {
  const places = new Map<string, string[]>()
  for (const { registration, options } of examined) {
    if (options) {
      const place = placeOf(options)
      places.set(place, [...(places.get(place) ?? []), `"${registration.id}"`])
    }
  }
  return [...places.values()]
    .filter((ids) => ids.length > 1)
    .map((ids) => ({
      check: "registration",
      ...problem(
        `${ids.join(" and ")} have the same namespace on the same tables, so that they would share their entries: the shop does not start`,
        "Give each of them an option `namespace` of its own."
      ),
    }))
}

/** Registrations that share tables and differ in `logged`. */
function disagreeing(examined: readonly Examined[]): Finding[] {
  return examined.flatMap(({ registration: { id }, options }, index) =>
    examined
      .slice(index + 1)
      .filter(
        (other) =>
          options && other.options && differInStorage(options, other.options)
      )
      .map((other) => ({
        check: "registration",
        ...problem(
          `"${id}" and "${other.registration.id}" share their tables and differ in \`logged\`: the shop does not start`,
          "Give both the same value of `logged`."
        ),
      }))
  )
}

function cachingFlag({ cachingIsOn }: Shop): Result {
  return cachingIsOn
    ? ok("caching is on")
    : problem(
        "caching is off: Medusa caches nothing",
        "Set `featureFlags: { caching: true }` in medusa-config, or MEDUSA_FF_CACHING=true."
      )
}

const unregistered = problem(
  "medusa-config registers no provider of medusa-caching-postgres",
  'Register it under the Caching Module\'s `providers`, with `resolve: "medusa-caching-postgres"`.'
)
