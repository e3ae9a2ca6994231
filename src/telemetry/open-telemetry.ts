import type * as OpenTelemetry from "@medusajs/framework/opentelemetry/api"

export type OpenTelemetryApi = typeof OpenTelemetry

/** The name under which measurements and spans are recorded. */
export const SCOPE = "medusa-caching-postgres"

/**
 * Medusa 2.11 does not export the API; a shop that records telemetry there has installed it itself. Several copies of
 * the API work together: each finds the SDK that was registered through another.
 */
const SOURCES = ["@medusajs/framework/opentelemetry/api", "@opentelemetry/api"]

/** @returns OpenTelemetry's API; `undefined` where it is not installed */
export function openTelemetryApi(): OpenTelemetryApi | undefined {
  for (const source of SOURCES) {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- it may be missing
      return require(source) as OpenTelemetryApi
    } catch {
      // Not installed, or not exported.
    }
  }
  return undefined
}

/** From a tenth of a millisecond; OpenTelemetry's own boundaries begin at 5 ms. */
const BOUNDARIES = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
  0.5, 1, 2.5, 5, 10,
]

/**
 * Names and units follow OpenTelemetry's semantic conventions (https://opentelemetry.io/docs/specs/semconv/database/);
 * they define nothing for caches yet. docs/observing.md lists all instruments with their attributes.
 *
 * @returns `undefined` where no SDK is registered: Medusa registers it before it makes the provider
 */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- it would say everything twice
export function createInstruments({
  metrics,
  createNoopMeter,
}: OpenTelemetryApi) {
  const meter = metrics.getMeter(SCOPE)
  if (meter.constructor === createNoopMeter().constructor) {
    return undefined
  }
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(`medusa.cache.${name}`, { unit, description })
  const duration = (name: string, description: string) =>
    meter.createHistogram(name, {
      unit: "s",
      description,
      advice: { explicitBucketBoundaries: BOUNDARIES },
    })
  const upDownCounter = (name: string, unit: string, description: string) =>
    meter.createObservableUpDownCounter(name, { unit, description })
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(name, { unit, description })

  return {
    meter,
    counters: {
      hits: counter("hits", "{hit}", "Reads that found an entry"),
      nearHits: counter("near.hits", "{hit}", "Hits in the near cache"),
      misses: counter("misses", "{miss}", "Reads that found none, or failed"),
      sets: counter("sets", "{set}", "Entries that were to be stored"),
      dropped: counter("sets.dropped", "{set}", "Sets not carried out"),
      stale: counter("sets.stale", "{set}", "Sets rejected as stale fills"),
      stored: counter("stored", "By", "JSON handed over to be stored"),
      clears: counter("clears", "{clear}", "Calls that removed by key or tags"),
      removed: counter("entries.removed", "{entry}", "Entries removed"),
      unfilled: counter("leases.unfilled", "{lease}", "Leases without a set"),
      errors: counter("errors", "{error}", "Operations that failed"),
    },
    durations: {
      operation: duration("medusa.cache.operation.duration", "Time of calls"),
      wait: duration("medusa.cache.lease.wait.duration", "Time of waits"),
      sweep: duration("medusa.cache.sweep.duration", "Time of sweeps"),
      statement: duration("db.client.operation.duration", "Time of statements"),
    },
    observables: {
      entries: gauge("medusa.cache.entries", "{entry}", "Entries, estimated"),
      size: gauge("medusa.cache.size", "By", "Bytes of entries, estimated"),
      pending: upDownCounter(
        "medusa.cache.clears.pending",
        "{clear}",
        "Keys and tags of pending clears"
      ),
      connections: upDownCounter(
        "db.client.connection.count",
        "{connection}",
        "Connections of the cache"
      ),
    },
  }
}

export type Instruments = NonNullable<ReturnType<typeof createInstruments>>
