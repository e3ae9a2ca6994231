import {
  createNoopMeter,
  metrics,
  type Counter,
  type Meter,
} from "@medusajs/framework/opentelemetry/api"

const STALE_SETS = "medusa.cache.sets.stale"
const SilentMeter = createNoopMeter().constructor as new () => Meter

/** Counts rejected stale fills as a shop's telemetry does. To be called before the provider is made. */
export function countRejections(onRejected: (sets: number) => void): void {
  class RejectionMeter extends SilentMeter {
    override createCounter(name: string): Counter {
      return name === STALE_SETS
        ? { add: onRejected }
        : super.createCounter(name)
    }
  }
  metrics.setGlobalMeterProvider({ getMeter: () => new RejectionMeter() })
}
