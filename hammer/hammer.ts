import { setTimeout as sleep } from "node:timers/promises"
import type { Contender, Tally, Versions } from "./messages"
import { Source } from "./source"
import { WorkerProcess } from "./worker-process"

export interface Blows {
  readonly sourceUrl: string
  readonly processes: number
  readonly seconds: number
  /** Milliseconds for which a process may go on serving what another has cleared. */
  readonly boundMs: number
}

export interface Result extends Tally {
  /** Keys of which some process gets a version in the end that is older than the source's. */
  readonly staleKeys: readonly string[]
}

/** Has several processes use a cache hard, and compares it with its source when all is quiet. */
export async function hammer(
  contender: Contender,
  { sourceUrl, processes, seconds, boundMs }: Blows
): Promise<Result> {
  const source = new Source(sourceUrl)
  const workers: WorkerProcess[] = []
  try {
    await source.create()
    await Promise.all(
      Array.from({ length: processes }, (_, number) =>
        WorkerProcess.start(
          { ...contender, sourceUrl, boundMs, number },
          (worker) => workers.push(worker)
        )
      )
    )
    const tallies = await Promise.all(
      workers.map((worker) => worker.hammer(seconds))
    )
    await sleep(boundMs)
    const truth = await source.versions()
    const seen = await Promise.all(workers.map((worker) => worker.look()))
    return { ...sum(tallies), staleKeys: staleOf(truth, seen) }
  } finally {
    await Promise.all(workers.map((worker) => worker.end()))
    await source.close()
  }
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({
    reads: all.reads + one.reads,
    hits: all.hits + one.hits,
    servedStale: all.servedStale + one.servedStale,
    sets: all.sets + one.sets,
    clears: all.clears + one.clears,
    refused: all.refused + one.refused,
  }))
}

function staleOf(
  truth: ReadonlyMap<string, number>,
  seen: readonly Versions[]
): string[] {
  return [...truth]
    .filter(([key, version]) =>
      seen.some((versions) => (versions[key] ?? version) < version)
    )
    .map(([key]) => key)
}
