import {
  OptionError,
  type ResolvedOptions,
  resolveOptions,
} from "../../options"
import { chooseRegistration } from "../shop/choose-registration"
import type { Shop } from "../shop/load-shop"
import { type Finding, ok, problem, type Result } from "./finding"

/** What the shop's configuration says, and the options that follow from it if they can be told. */
export interface ShopExamination {
  readonly findings: readonly Finding[]
  readonly options?: ResolvedOptions
}

/** @throws {CommandError} where `--provider` has to choose */
export function examineShop(
  shop: Shop,
  providerId: string | undefined
): ShopExamination {
  const caching = { check: "feature flag", ...cachingFlag(shop) }
  if (shop.registrations.length === 0) {
    const registration = { check: "registration", ...unregistered }
    return { findings: [caching, registration] }
  }
  const { id, options } = chooseRegistration(shop.registrations, providerId)
  try {
    const resolved = resolveOptions(options ?? {}, { database: shop.database })
    const registration = {
      check: "registration",
      ...ok(`"${id}", namespace "${resolved.namespace}"`),
    }
    return { findings: [caching, registration], options: resolved }
  } catch (error) {
    if (!(error instanceof OptionError)) {
      throw error
    }
    const wrong = problem(error.message, "Correct it in medusa-config.")
    return { findings: [caching, { check: "options", ...wrong }] }
  }
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
