import path from "node:path"
import type { CachingPostgresOptions } from "../../../src"
import { WorkerProcess } from "../worker-process"
import type { Orders } from "./cache-worker"

export interface Assignment {
  readonly clientUrl: string
  readonly options: CachingPostgresOptions
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
