import type * as OpenTelemetry from "@medusajs/framework/opentelemetry/api"

export type OpenTelemetryApi = typeof OpenTelemetry

/** Under which name measurements and spans are recorded. */
export const SCOPE = "medusa-caching-postgres"

/**
 * Medusa 2.11 does not hand the API on; a shop that records telemetry there has it installed by
 * itself. A second copy does as well: copies of the API find each other's SDK.
 */
const SOURCES = ["@medusajs/framework/opentelemetry/api", "@opentelemetry/api"]

/** @returns OpenTelemetry's API; `undefined` where there is none, and so nobody who listens */
export function openTelemetryApi(): OpenTelemetryApi | undefined {
  for (const source of SOURCES) {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- it may be missing
      return require(source) as OpenTelemetryApi
    } catch (error) {
      if (!isMissing(error)) {
        throw error
      }
    }
  }
  return undefined
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === "MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
}
