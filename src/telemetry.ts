import type * as OpenTelemetry from "@medusajs/framework/opentelemetry/api"
import type { Statement } from "./sql"

type OpenTelemetryApi = typeof OpenTelemetry
type Attributes = Record<string, string>

/** The name under which measurements and spans are recorded. */
const SCOPE = "medusa-caching-postgres"

/**
 * Medusa 2.11 does not export the API; a shop that records telemetry there has installed it itself. Several copies of
 * the API work together: each finds the SDK that was registered through another.
 */
const SOURCES = ["@medusajs/framework/opentelemetry/api", "@opentelemetry/api"]

/** From a tenth of a millisecond; OpenTelemetry's own boundaries begin at 5 ms. */
const BOUNDARIES = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
  0.5, 1, 2.5, 5, 10,
]

/** What a namespace holds. */
export interface CacheSize {
  readonly entries: number
  readonly bytes: number
}

/** What a process has counted since it started. */
export class Counts {
  hits = 0
  /** Among the hits. */
  nearHits = 0
  misses = 0
  sets = 0
  /** Entries that were cleared, expired or evicted. */
  removed = 0
}

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

/**
 * Names and units follow OpenTelemetry's semantic conventions (https://opentelemetry.io/docs/specs/semconv/database/);
 * they define nothing for caches yet. docs/observing.md lists all instruments with their attributes.
 *
 * @returns `undefined` where no SDK is registered: Medusa registers it before it makes the provider
 */
function createInstruments({ metrics, createNoopMeter }: OpenTelemetryApi) {
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
      pending: meter.createObservableUpDownCounter(
        "medusa.cache.clears.pending",
        { unit: "{clear}", description: "Keys and tags of pending clears" }
      ),
      connections: meter.createObservableUpDownCounter(
        "db.client.connection.count",
        { unit: "{connection}", description: "Connections of the cache" }
      ),
    },
  }
}

type Instruments = NonNullable<ReturnType<typeof createInstruments>>

/**
 * Counts what the cache does, for `stats()` and for OpenTelemetry. Each `begun` is when the operation began, by
 * `performance.now()`.
 */
export class Metrics {
  readonly counts = new Counts()
  /** As the sweep of this process last measured it. */
  size?: CacheSize
  stopObserving = (): void => {}
  private readonly instruments?: Instruments
  private readonly tracer?: OpenTelemetry.Tracer

  constructor(
    private readonly api: OpenTelemetryApi | undefined,
    private readonly namespace: string,
    private readonly server?: string
  ) {
    this.instruments = api && createInstruments(api)
    const tracer = api?.trace.getTracer(SCOPE)
    const context = tracer?.startSpan("probe").spanContext()
    // Without an SDK it stays undefined, since a span that nobody records takes time, too.
    if (context && api?.isSpanContextValid(context)) {
      this.tracer = tracer
    }
  }

  /** Whether OpenTelemetry records. */
  get areRecorded(): boolean {
    return this.instruments !== undefined
  }

  got(hit: boolean, begun: number): void {
    this.count(hit ? "hits" : "misses")
    this.took("get", begun)
  }

  gotNear(begun: number): void {
    this.count("nearHits")
    this.got(true, begun)
  }

  set(jsonBytes: number, begun: number): void {
    this.count("sets")
    this.add("stored", jsonBytes)
    this.took("set", begun)
  }

  cleared(begun: number): void {
    this.add("clears")
    this.took("clear", begun)
  }

  removed(entries: number, reason: "cleared" | "expired" | "evicted"): void {
    this.count("removed", entries, { "medusa.cache.removal.reason": reason })
  }

  failed(operation: "get" | "set" | "clear" | "sweep", error: unknown): void {
    this.add("errors", 1, {
      "medusa.cache.operation": operation,
      "error.type": errorType(error),
    })
  }

  swept(begun: number, outcome: "swept" | "failed"): void {
    this.instruments?.durations.sweep.record(
      secondsSince(begun),
      this.attributes({ "medusa.cache.sweep.outcome": outcome })
    )
  }

  /**
   * A get has waited for another caller's load.
   *
   * @param hit whether that spared it a load of its own
   */
  waited(begun: number, hit: boolean): void {
    this.instruments?.durations.wait.record(
      secondsSince(begun),
      this.attributes({ "medusa.cache.lease.outcome": hit ? "hit" : "miss" })
    )
  }

  /** Counts for OpenTelemetry only. */
  add(name: keyof Instruments["counters"], by = 1, others?: Attributes): void {
    if (by > 0) {
      this.instruments?.counters[name].add(by, this.attributes(others))
    }
  }

  /**
   * Records a span and a duration for a statement, without keys, tags and values. The parent is the span of the
   * statement's first caller, such as Medusa's `cache.get` with `registerOtel({ instrument: { cache: true } })`.
   *
   * @returns a function to call with the answer; `undefined` where nothing is recorded
   */
  beginStatement({
    summary,
  }: Statement): ((error: Error | null) => void) | undefined {
    const { api, tracer, instruments } = this
    if (!tracer && !instruments) {
      return undefined
    }
    const begun = performance.now()
    const attributes = {
      "db.system.name": "postgresql",
      "db.query.summary": summary,
      ...this.ofServer,
    }
    const kind = api!.SpanKind.CLIENT
    const span = tracer?.startSpan(summary, { kind, attributes })
    return (error) => {
      const failure = error && { "error.type": errorType(error) }
      instruments?.durations.statement.record(secondsSince(begun), {
        ...attributes,
        ...failure,
      })
      if (failure) {
        span?.setAttributes(failure)
        span?.setStatus({ code: api!.SpanStatusCode.ERROR })
      }
      span?.end()
    }
  }

  /** Calls these functions whenever OpenTelemetry collects measurements, until `stopObserving`. */
  observe(
    connections: () => { readonly open: number; readonly used: number },
    pendingClears: () => number
  ): void {
    if (!this.instruments) {
      return
    }
    const { meter, observables } = this.instruments
    const all = Object.values(observables)
    const observe: OpenTelemetry.BatchObservableCallback = (result) => {
      const own = this.attributes()
      if (this.size) {
        result.observe(observables.entries, this.size.entries, own)
        result.observe(observables.size, this.size.bytes, own)
      }
      result.observe(observables.pending, pendingClears(), own)
      const { open, used } = connections()
      const counts = { used, idle: open - used }
      for (const [state, count] of Object.entries(counts)) {
        result.observe(observables.connections, count, {
          "db.client.connection.pool.name": [SCOPE, this.namespace]
            .concat(this.server ?? [])
            .join("/"),
          "db.client.connection.state": state,
        })
      }
    }
    meter.addBatchObservableCallback(observe, all)
    this.stopObserving = () => meter.removeBatchObservableCallback(observe, all)
  }

  /** Counts for `stats()`, too. */
  private count(name: keyof Counts, by = 1, others?: Attributes): void {
    this.counts[name] += by
    this.add(name, by, others)
  }

  private took(operation: string, begun: number): void {
    this.instruments?.durations.operation.record(
      secondsSince(begun),
      this.attributes({ "medusa.cache.operation": operation })
    )
  }

  private attributes(others?: Attributes): Attributes {
    const namespace = { "medusa.cache.namespace": this.namespace }
    return { ...namespace, ...this.ofServer, ...others }
  }

  private get ofServer(): Attributes | undefined {
    return this.server ? { "medusa.cache.server": this.server } : undefined
  }
}

/** The SQLSTATE or Node's code of an error, else its class. Its text may contain data, so it is never recorded. */
function errorType(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string }
  return code ?? name ?? "unknown"
}

function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000
}
