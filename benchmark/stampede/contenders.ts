import type { CachingPostgresOptions } from "../../src"
import type { ProviderName } from "../providers"

/** What has happened to the entry before all callers ask for it. */
export type Scene = "cleared" | "expired" | "live"

/** A cache that takes part in a scene. */
export interface Contender {
  readonly name: string
  readonly scene: Scene
  readonly provider: Extract<ProviderName, "postgres" | "redis" | "memory">
  readonly options?: CachingPostgresOptions
  readonly required?: Required
}

/** What must hold. */
export interface Required {
  /** In every round. */
  readonly mostLoads: number
  /** In most rounds, where the machine itself keeps no callers waiting. */
  readonly mostWaiting?: number
}

export const PROCESSES = 4

export const CONTENDERS: readonly Contender[] = [
  {
    name: "postgres, no lease",
    scene: "cleared",
    provider: "postgres",
    options: {},
  },
  {
    name: "postgres, lease in each process",
    scene: "cleared",
    provider: "postgres",
    options: { lease: { acrossProcesses: false } },
    required: { mostLoads: PROCESSES },
  },
  {
    name: "postgres, lease",
    scene: "cleared",
    provider: "postgres",
    options: { lease: true },
    // The second one may have asked while the first one's set was on its way.
    required: { mostLoads: 2 },
  },
  { name: "redis", scene: "cleared", provider: "redis" },
  { name: "memory", scene: "cleared", provider: "memory" },
  {
    name: "postgres, lease and grace",
    scene: "expired",
    provider: "postgres",
    options: { lease: true, grace: 60 },
    required: { mostLoads: 2, mostWaiting: 1 },
  },
  // Shows how many callers the machine itself keeps waiting.
  {
    name: "postgres, lease and grace",
    scene: "live",
    provider: "postgres",
    options: { lease: true, grace: 60 },
  },
  { name: "redis", scene: "expired", provider: "redis" },
  { name: "memory", scene: "expired", provider: "memory" },
]
