import path from "node:path"
import type { CachingPostgresOptions } from "../../../src"
import type { CacheStats } from "../../../src/stats"
import { WorkerProcess } from "../worker-process"

export interface Assignment {
  readonly clientUrl: string
  readonly options: CachingPostgresOptions
}

interface Selection {
  readonly key?: string
  readonly tags?: string[]
}

interface Entry {
  readonly key: string
  readonly data: unknown
  readonly tags?: string[]
  readonly ttl?: number
}

export type Orders = {
  /** Random calls, the same for the same seed. */
  operate: { input: { operations: number; seed: number }; result: void }
  set: { input: Entry; result: void }
  get: { input: Selection; result: { value: unknown } }
  getAll: { input: { keys: string[] }; result: { values: unknown[] } }
  /** Reads each, and stores what is missing in the same async context, as Medusa does. */
  readThrough: { input: { entries: Entry[] }; result: { values: unknown[] } }
  clear: { input: Selection; result: void }
  sweep: {
    input: object
    result: { elected: boolean; expired: number; evicted: number }
  }
  idle: { input: object; result: void }
  stats: { input: object; result: CacheStats }
  /** What the provider has logged, and rejections that nobody handled. */
  lines: { input: object; result: { lines: string[] } }
}

export type CacheProcess = WorkerProcess<Orders>

/** Real processes with a provider each, to be asked and to be killed. */
export const CacheProcess = {
  start(
    clientUrl: string,
    options: CachingPostgresOptions = {}
  ): Promise<CacheProcess> {
    const assignment: Assignment = { clientUrl, options }
    return WorkerProcess.start(
      path.join(__dirname, "cache-worker.ts"),
      assignment
    )
  },
}
