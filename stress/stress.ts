import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Contender } from "../integration-tests/support/provider/contender"
import { WorkerProcess } from "../integration-tests/support/worker-process"
import type { Assignment, Orders, Report, Tally, Versions } from "./messages"
import { Source } from "./source"

export interface Plan {
  readonly sourceUrl: string
  readonly processes: number
  readonly seconds: number
  /** As in the assignment of a worker. */
  readonly boundMs?: number
  /** Called about once a second, with what each process has reported. */
  readonly onSecond?: (
    second: number,
    reports: readonly Report[]
  ) => Promise<void>
}

export interface Result extends Tally {
  readonly wrong: readonly string[]
  /** Keys of which some process gets a version in the end that is older than the source's. */
  readonly staleKeys: readonly string[]
}

/** For pending clears, once the database does not fail any more. */
const RECOVERY_MS = 5_000

/**
 * Has several processes use a cache hard, and compares it with its source when all is quiet.
 *
 * @param contender for all processes, or for each by its number
 */
export async function stress(
  contender: Contender | ((number: number) => Contender),
  { sourceUrl, processes, seconds, boundMs, onSecond }: Plan
): Promise<Result> {
  const source = new Source(sourceUrl, boundMs === undefined)
  const ends: (() => Promise<void>)[] = []
  const startWorker = (_: unknown, number: number) => {
    const assignment: Assignment = {
      ...(typeof contender === "function" ? contender(number) : contender),
      sourceUrl,
      boundMs,
      number,
      processes,
    }
    return WorkerProcess.start<Orders>(
      path.join(__dirname, "worker.ts"),
      assignment,
      { nodeOptions: ["--expose-gc"], onSpawned: (end) => ends.push(end) }
    )
  }
  try {
    await source.create()
    const workers = await Promise.all(
      Array.from({ length: processes }, startWorker)
    )
    const wrong: string[] = []
    const report = async () => {
      const reports = await Promise.all(
        workers.map((worker) => worker.ask("report", {}))
      )
      wrong.push(...reports.flatMap((one) => one.wrong))
      return reports
    }

    let isRunning = true
    const runs = Promise.all(
      workers.map((worker) => worker.ask("run", { seconds }))
    ).finally(() => (isRunning = false))
    // Met below; it must not be unhandled meanwhile.
    runs.catch(() => {})
    for (let second = 1; onSecond && isRunning && second <= seconds; second++) {
      await sleep(1_000)
      await onSecond(second, await report())
    }
    await runs

    await sleep(boundMs ?? RECOVERY_MS)
    const truth = await source.versions()
    const seen = await Promise.all(
      workers.map((worker) => worker.ask("look", {}))
    )
    const reports = await report()
    return {
      ...sum(reports.map(({ tally }) => tally)),
      wrong,
      staleKeys: staleOf(truth, seen),
    }
  } finally {
    await Promise.all(ends.map((end) => end()))
    await source.close()
  }
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({
    reads: all.reads + one.reads,
    hits: all.hits + one.hits,
    servedStale: all.servedStale + one.servedStale,
    sets: all.sets + one.sets,
    clears: all.clears + one.clears,
    rejected: all.rejected + one.rejected,
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
