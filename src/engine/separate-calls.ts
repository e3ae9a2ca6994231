import { frameworkModulesSdk, frameworkUtils } from "../framework"

/** What the Caching Module joins calls by, in 2.11.1 to 2.21. */
interface CachingModule {
  getRequestKey?: () => string
  getClearRequestKey?: () => string
}

/** Of all providers: a number that comes twice would join calls that have nothing in common. */
let calls = 0

/**
 * Makes the Caching Module pass on each call by itself. It joins equal gets that are made at once, so that all their
 * callers learn together that a key is missing, and all of them load it. It joins sets and clears in the same way.
 *
 * @returns false where the module has changed, and calls stay joined
 */
export function separateCalls(): boolean {
  const name = frameworkUtils().Modules.CACHING
  const loaded = frameworkModulesSdk().MedusaModule.getModuleInstance(name) as
    Record<string, CachingModule> | undefined
  const caching = loaded?.[name]
  if (!caching?.getRequestKey || !caching.getClearRequestKey) {
    return false
  }
  caching.getRequestKey = () => `call ${++calls}`
  caching.getClearRequestKey = caching.getRequestKey
  return true
}
