import path from "node:path"
import { WorkerProcess } from "../../integration-tests/support/worker-process"
import { roundOf, type Round, type Slice } from "../measure/slice"
import type { OperationName, Order } from "../operations"
import type { Assignment, Orders } from "../processes/messages"
import { isShared } from "../providers"
import { ITEMS, type SyntheticWorkload } from "../workloads"
import { footprintOf, type Cell, type Contender } from "./cell"

/** How long to measure. */
export interface Timing {
  readonly milliseconds: number
  readonly warmUpMilliseconds: number
  readonly traceCalls: number
  /** How many entries are cleared one by one. */
  readonly singleClears: number
  /** How many entries one process clears and another one watches. */
  readonly invalidations: number
  /** How often in a round what clears the cache is done. */
  readonly clears: number
}

/** What the cache holds. */
interface State {
  readonly workload: SyntheticWorkload
  /** Entries beside the items. */
  filler: number
  /** So many of the items, the first ones, are not there. */
  missing: number
}

/** Entries that are added at a time: progress is told in between. */
const FILLER_AT_A_TIME = 100_000
const WORKER = path.join(__dirname, "../processes/worker.ts")

type Worker = WorkerProcess<Orders>

/** The processes that run one provider, and what their cache holds. */
export class ProviderGroup {
  private state?: State

  private constructor(
    private readonly assignment: Assignment,
    private readonly workers: readonly Worker[],
    private readonly onProgress: (line: string) => void
  ) {}

  /** One process after the other, because some providers make their tables. */
  static async start(
    assignment: Assignment,
    processes: number,
    onSpawned: (end: () => Promise<void>) => void,
    onProgress: (line: string) => void
  ): Promise<ProviderGroup> {
    const workers: Worker[] = []
    for (let count = 0; count < processes; count++) {
      workers.push(
        await WorkerProcess.start<Orders>(WORKER, assignment, { onSpawned })
      )
    }
    return new ProviderGroup(assignment, workers, onProgress)
  }

  /** Leaves behind what the last cell did to the tables. */
  async settle(): Promise<void> {
    await this.workers[0]!.ask("settle", {})
  }

  /** Brings the cache into the state in which a measurement begins. */
  async prepare(cell: Cell, { operation, entries }: Contender): Promise<void> {
    if (footprintOf(operation).begins === "empty") {
      await this.empty()
      this.state = undefined
      return
    }
    const workload = cell.workload as SyntheticWorkload
    if (this.state?.workload !== workload) {
      await this.empty()
      this.state = { workload, filler: 0, missing: ITEMS }
    }
    await this.enlarge(this.state, entries - ITEMS)
    if (this.state.missing > 0) {
      const count = this.state.missing
      await this.each((worker) => worker.ask("fill", { workload, count }))
      this.state.missing = 0
    }
  }

  async measure(
    cell: Cell,
    contender: Contender,
    serial: number,
    timing: Timing
  ): Promise<Round> {
    const { operation } = contender
    const { leaves } = footprintOf(operation)
    const processes = this.workers.slice(0, cell.processes)
    const slices: Slice[][] = processes.map(() => [])
    const repetitions = leaves === "cleared" ? timing.clears : 1

    for (let repetition = 0; repetition < repetitions; repetition++) {
      await this.prepare(cell, contender)
      const measured = await Promise.all(
        processes.map((worker, process) =>
          worker.ask(
            "measure",
            orderOf(cell, operation, serial, timing, process)
          )
        )
      )
      measured.forEach((slice, process) => slices[process]!.push(slice))
      this.note(operation, timing)
    }
    return roundOf(slices)
  }

  /** Keeps in mind what the measurement has left of the cache. */
  private note(operation: OperationName, { singleClears }: Timing): void {
    const { leaves } = footprintOf(operation)
    if (leaves === "more") {
      this.state = undefined
    } else if (leaves === "cleared") {
      this.state!.missing = operation === "clear-one" ? singleClears : ITEMS
    }
  }

  private async enlarge(state: State, filler: number): Promise<void> {
    while (state.filler < filler) {
      const to = Math.min(filler, state.filler + FILLER_AT_A_TIME)
      const from = state.filler
      await this.each((worker) => worker.ask("enlarge", { from, to }))
      state.filler = to
      this.onProgress(
        `  ${this.assignment.provider}: filled with ${to.toLocaleString("en-US")} entries`
      )
    }
  }

  /** One process after the other: each has something in its memory, too, and they share the rest. */
  private async empty(): Promise<void> {
    for (const worker of this.workers) {
      await worker.ask("empty", {})
    }
  }

  /** Where processes share the entries, one of them does it for all. */
  private async each(work: (worker: Worker) => Promise<void>) {
    const affected = isShared(this.assignment.provider)
      ? this.workers.slice(0, 1)
      : this.workers
    await Promise.all(affected.map(work))
  }
}

function orderOf(
  { workload, concurrency, processes }: Cell,
  operation: OperationName,
  serial: number,
  timing: Timing,
  process: number
): Order {
  return {
    ...timing,
    workload,
    operation,
    concurrency,
    serial,
    process,
    processes,
  }
}
