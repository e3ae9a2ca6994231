import { type OpenTelemetryApi, SCOPE } from "./api"
import { createInstruments, type Instruments } from "./instruments"

export type OperationName = "get" | "set" | "clear"
export type RemovalReason = "cleared" | "expired" | "evicted"

/** What a namespace holds. */
export interface CacheSize {
  readonly entries: number
  readonly bytes: number
}

/** What a process has counted since it started. */
export interface Counts {
  readonly hits: number
  /** Among the hits. */
  readonly nearHits: number
  readonly misses: number
  readonly sets: number
  /** Entries that were cleared, expired or evicted. */
  readonly removed: number
}

/** Connections that are open, and how many of them are at work. */
export interface PoolUse {
  readonly open: number
  readonly used: number
}

type Attributes = Record<string, string>

/**
 * Counts what the cache does: for `stats()` since the start of the process, and for OpenTelemetry,
 * whose calls cost next to nothing where no SDK is registered.
 */
export class Metrics {
  hits = 0
  misses = 0
  private nearHits = 0
  private sets = 0
  private removedEntries = 0
  /** As the sweep of this process estimated it last. */
  size?: CacheSize

  private readonly instruments?: Instruments
  private readonly namespace: Attributes
  private readonly byOperation: Record<OperationName, Attributes>
  private stopObserving = () => {}

  /** @param name of the namespace */
  constructor(
    private readonly api: OpenTelemetryApi | undefined,
    private readonly name: string
  ) {
    this.instruments =
      api && isListenedTo(api) ? createInstruments(api) : undefined
    this.namespace = { "medusa.cache.namespace": name }
    const of = (operation: OperationName) => ({
      ...this.namespace,
      "medusa.cache.operation": operation,
    })
    this.byOperation = { get: of("get"), set: of("set"), clear: of("clear") }
  }

  /** Whether anybody listens beyond `stats()`. */
  get areRecorded(): boolean {
    return this.instruments !== undefined
  }

  get counts(): Counts {
    const { hits, nearHits, misses, sets, removedEntries: removed } = this
    return { hits, nearHits, misses, sets, removed }
  }

  got(hit: boolean, begun: number): void {
    if (hit) {
      this.hits++
      this.instruments?.hits.add(1, this.namespace)
    } else {
      this.misses++
      this.instruments?.misses.add(1, this.namespace)
    }
    this.took("get", begun)
  }

  /** A hit that the near cache has answered. */
  gotNear(begun: number): void {
    this.nearHits++
    this.instruments?.nearHits.add(1, this.namespace)
    this.got(true, begun)
  }

  /** @param bytes of JSON */
  set(bytes: number, begun: number): void {
    this.sets++
    this.instruments?.sets.add(1, this.namespace)
    this.instruments?.stored.add(bytes, this.namespace)
    this.took("set", begun)
  }

  cleared(begun: number): void {
    this.instruments?.clears.add(1, this.namespace)
    this.took("clear", begun)
  }

  /** @param sets that were refused because what they follow has been cleared meanwhile */
  staleFills(sets: number): void {
    if (sets > 0) {
      this.instruments?.late.add(sets, this.namespace)
    }
  }

  dropped(): void {
    this.instruments?.dropped.add(1, this.namespace)
  }

  removed(entries: number, reason: RemovalReason): void {
    this.removedEntries += entries
    if (entries > 0) {
      this.instruments?.removed.add(entries, {
        ...this.namespace,
        "medusa.cache.removal.reason": reason,
      })
    }
  }

  failed(operation: OperationName | "sweep", error: unknown): void {
    this.instruments?.errors.add(1, {
      ...this.namespace,
      "medusa.cache.operation": operation,
      "error.type": errorType(error),
    })
  }

  /** @param begun by `performance.now()` */
  swept(begun: number, outcome: "swept" | "failed"): void {
    this.instruments?.sweepDuration.record(secondsSince(begun), {
      ...this.namespace,
      "medusa.cache.sweep.outcome": outcome,
    })
  }

  /** @param statement its short name */
  ranStatement(statement: string, begun: number, error: Error | null): void {
    this.instruments?.statementDuration.record(secondsSince(begun), {
      "db.system.name": "postgresql",
      "db.query.summary": statement,
      ...(error && { "error.type": errorType(error) }),
    })
  }

  /** Has the pool asked for its use, and the clears counted that wait, whenever measurements are collected. */
  observe(poolUse: () => PoolUse, pendingClears: () => number): void {
    const { api, instruments } = this
    if (!api || !instruments) {
      return
    }
    const meter = api.metrics.getMeter(SCOPE)
    const { entries, size, connections, pending } = instruments
    const observables = [entries, size, connections, pending]
    const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = (
      result
    ) => {
      if (this.size) {
        result.observe(entries, this.size.entries, this.namespace)
        result.observe(size, this.size.bytes, this.namespace)
      }
      result.observe(pending, pendingClears(), this.namespace)
      const { open, used } = poolUse()
      const count = (state: string, connectionCount: number) =>
        result.observe(connections, connectionCount, {
          "db.client.connection.pool.name": `${SCOPE}/${this.name}`,
          "db.client.connection.state": state,
        })
      count("used", used)
      count("idle", open - used)
    }
    meter.addBatchObservableCallback(observe, observables)
    this.stopObserving = () =>
      meter.removeBatchObservableCallback(observe, observables)
  }

  close(): void {
    this.stopObserving()
  }

  private took(operation: OperationName, begun: number): void {
    this.instruments?.operationDuration.record(
      secondsSince(begun),
      this.byOperation[operation]
    )
  }
}

/** Medusa makes the provider at its first use, when an SDK that there is has been registered. */
function isListenedTo({ metrics, createNoopMeter }: OpenTelemetryApi): boolean {
  const nobodys = createNoopMeter()
  return metrics.getMeter(SCOPE).constructor !== nobodys.constructor
}

/** The SQLSTATE or Node's code of an error, else its class: never its text, which may hold data. */
export function errorType(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string }
  return code ?? name ?? "unknown"
}

/** @param begun by `performance.now()` */
function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000
}
