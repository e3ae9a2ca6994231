import { type OpenTelemetryApi, SCOPE } from "./api"

/**
 * Every measurement by its name. Names, units and the attributes of database and pool follow
 * OpenTelemetry's semantic conventions (https://opentelemetry.io/docs/specs/semconv/database/); these
 * have nothing for caches, whose names are formed by their rules.
 */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- it would say everything twice
export function createInstruments(api: OpenTelemetryApi) {
  const meter = api.metrics.getMeter(SCOPE)
  const seconds = (description: string) => ({
    description,
    unit: "s",
    // From a tenth of a millisecond, as OpenTelemetry's own default begins at 5 ms.
    advice: {
      explicitBucketBoundaries: [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
        0.25, 0.5, 1, 2.5, 5, 10,
      ],
    },
  })

  return {
    hits: meter.createCounter("medusa.cache.hits", {
      description: "Reads that found an entry",
      unit: "{hit}",
    }),
    misses: meter.createCounter("medusa.cache.misses", {
      description: "Reads that found none, or failed",
      unit: "{miss}",
    }),
    nearHits: meter.createCounter("medusa.cache.near.hits", {
      description: "Reads that the near cache answered; among the hits",
      unit: "{hit}",
    }),
    sets: meter.createCounter("medusa.cache.sets", {
      description: "Entries that were to be stored",
      unit: "{set}",
    }),
    dropped: meter.createCounter("medusa.cache.sets.dropped", {
      description:
        "Sets that were not carried out, for want of a database or of room",
      unit: "{set}",
    }),
    late: meter.createCounter("medusa.cache.sets.stale", {
      description:
        "Sets that were refused, as what they follow was cleared after its miss",
      unit: "{set}",
    }),
    clears: meter.createCounter("medusa.cache.clears", {
      description: "Calls that removed by key or tags",
      unit: "{clear}",
    }),
    removed: meter.createCounter("medusa.cache.entries.removed", {
      description: "Entries that were cleared, expired or evicted",
      unit: "{entry}",
    }),
    errors: meter.createCounter("medusa.cache.errors", {
      description: "Operations that failed",
      unit: "{error}",
    }),
    stored: meter.createCounter("medusa.cache.stored", {
      description: "JSON handed over to be stored",
      unit: "By",
    }),
    operationDuration: meter.createHistogram(
      "medusa.cache.operation.duration",
      seconds("Time that callers of get, set and clear waited")
    ),
    sweepDuration: meter.createHistogram(
      "medusa.cache.sweep.duration",
      seconds("Time that the runs of the sweep took")
    ),
    statementDuration: meter.createHistogram(
      "db.client.operation.duration",
      seconds("Time that statements of the cache took")
    ),
    entries: meter.createObservableGauge("medusa.cache.entries", {
      description: "Entries of the namespace, as last estimated by the sweep",
      unit: "{entry}",
    }),
    size: meter.createObservableGauge("medusa.cache.size", {
      description: "Bytes of the namespace, as last estimated by the sweep",
      unit: "By",
    }),
    pending: meter.createObservableUpDownCounter(
      "medusa.cache.clears.pending",
      {
        description: "Keys and tags that wait to be cleared",
        unit: "{clear}",
      }
    ),
    connections: meter.createObservableUpDownCounter(
      "db.client.connection.count",
      {
        description: "Connections of the cache by state",
        unit: "{connection}",
      }
    ),
  }
}

export type Instruments = ReturnType<typeof createInstruments>
