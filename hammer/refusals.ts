import {
  createNoopMeter,
  metrics,
  type Counter,
  type Meter,
} from "@medusajs/framework/opentelemetry/api"

const LATE_SETS = "medusa.cache.sets.stale"
const SilentMeter = createNoopMeter().constructor as new () => Meter

/** Counts late fills as a shop's telemetry would; must be called before the provider is made. */
export function countRefusals(onRefused: (sets: number) => void): void {
  class RefusalMeter extends SilentMeter {
    override createCounter(name: string): Counter {
      return name === LATE_SETS ? { add: onRefused } : super.createCounter(name)
    }
  }
  metrics.setGlobalMeterProvider({ getMeter: () => new RefusalMeter() })
}
