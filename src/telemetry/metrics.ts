import type { BatchObservableCallback } from "@medusajs/framework/opentelemetry/api"
import {
  createInstruments,
  type Instruments,
  type OpenTelemetryApi,
  SCOPE,
} from "./open-telemetry"

export type OperationName = "get" | "set" | "clear"

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

/** Connections that are open, and how many of them are at work. */
export interface PoolUse {
  readonly open: number
  readonly used: number
}

type Attributes = Record<string, string>

/**
 * Counts what the cache does, for `stats()` and for OpenTelemetry. Each `begun` is when the operation began, by
 * `performance.now()`.
 */
export class Metrics {
  /** As the sweep of this process last measured it. */
  size?: CacheSize
  private readonly counted = new Counts()
  private readonly instruments?: Instruments
  private stopObserving = () => {}

  constructor(
    api: OpenTelemetryApi | undefined,
    private readonly namespace: string
  ) {
    this.instruments = api && createInstruments(api)
  }

  /** Whether OpenTelemetry records. */
  get areRecorded(): boolean {
    return this.instruments !== undefined
  }

  get counts(): Readonly<Counts> {
    return { ...this.counted }
  }

  got(hit: boolean, begun: number): void {
    this.count(hit ? "hits" : "misses")
    this.took("get", begun)
  }

  /** A hit that the near cache answered. */
  gotNear(begun: number): void {
    this.count("nearHits")
    this.got(true, begun)
  }

  /** @param bytes of JSON */
  set(bytes: number, begun: number): void {
    this.count("sets")
    this.add("stored", bytes)
    this.took("set", begun)
  }

  cleared(begun: number): void {
    this.add("clears")
    this.took("clear", begun)
  }

  /** @param sets rejected since their key or a tag was cleared after their miss */
  staleFills(sets: number): void {
    this.add("stale", sets)
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

  /** A lease that ended without a set. */
  unfilledLease(): void {
    this.add("unfilled")
  }

  /** A set that was not carried out. */
  dropped(): void {
    this.add("dropped")
  }

  removed(entries: number, reason: "cleared" | "expired" | "evicted"): void {
    this.count("removed", entries, { "medusa.cache.removal.reason": reason })
  }

  failed(operation: OperationName | "sweep", error: unknown): void {
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

  /** @param statement its short name */
  ranStatement(statement: string, begun: number, error: Error | null): void {
    this.instruments?.durations.statement.record(secondsSince(begun), {
      "db.system.name": "postgresql",
      "db.query.summary": statement,
      ...(error && { "error.type": errorType(error) }),
    })
  }

  /** Calls these functions whenever OpenTelemetry collects measurements. */
  observe(poolUse: () => PoolUse, pendingClears: () => number): void {
    if (!this.instruments) {
      return
    }
    const { meter, observables } = this.instruments
    const { entries, size, pending, connections } = observables
    const observe: BatchObservableCallback = (result) => {
      const own = this.attributes()
      if (this.size) {
        result.observe(entries, this.size.entries, own)
        result.observe(size, this.size.bytes, own)
      }
      result.observe(pending, pendingClears(), own)
      const { open, used } = poolUse()
      for (const [state, count] of Object.entries({
        used,
        idle: open - used,
      })) {
        result.observe(connections, count, {
          "db.client.connection.pool.name": `${SCOPE}/${this.namespace}`,
          "db.client.connection.state": state,
        })
      }
    }
    const all = Object.values(observables)
    meter.addBatchObservableCallback(observe, all)
    this.stopObserving = () => meter.removeBatchObservableCallback(observe, all)
  }

  close(): void {
    this.stopObserving()
  }

  /** Counts for `stats()`, too. */
  private count(name: keyof Counts, by = 1, attributes?: Attributes): void {
    this.counted[name] += by
    this.add(name, by, attributes)
  }

  private add(
    name: keyof Instruments["counters"],
    by = 1,
    attributes?: Attributes
  ): void {
    if (by > 0) {
      this.instruments?.counters[name].add(by, this.attributes(attributes))
    }
  }

  private took(operation: OperationName, begun: number): void {
    this.instruments?.durations.operation.record(
      secondsSince(begun),
      this.attributes({ "medusa.cache.operation": operation })
    )
  }

  private attributes(others?: Attributes): Attributes {
    return { "medusa.cache.namespace": this.namespace, ...others }
  }
}

/** The SQLSTATE or Node's code of an error, else its class. Its text may contain data, so it is never recorded. */
export function errorType(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string }
  return code ?? name ?? "unknown"
}

function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000
}
