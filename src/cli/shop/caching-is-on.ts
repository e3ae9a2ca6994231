import { isTruthy } from "@medusajs/framework/utils"

/** Whether Medusa caches, as it decides it: the environment before the configuration, and off by default. */
export function cachingIsOn(
  featureFlags: Readonly<Record<string, unknown>> | undefined,
  env: Readonly<Record<string, string | undefined>>
): boolean {
  const flag = env.MEDUSA_FF_CACHING ?? featureFlags?.caching
  return isTruthy(flag as string | boolean | undefined)
}
