import type { Round } from "../measure/slice"
import type { OperationName } from "../operations"
import type { Cell, Contender } from "./cell"
import type { Groups } from "./groups"
import type { Timing } from "./provider-group"
import { summarise, type DetailedResult } from "./result"

const WARM_UP: readonly OperationName[] = [
  "get-hit",
  "get-by-tag",
  "overwrite",
  "clear-unknown",
]

let serial = 0

/** Has everybody's code compiled before the first cell, which would otherwise pay for it. */
export async function warmUp(
  cell: Cell,
  groups: Groups,
  timing: Timing
): Promise<void> {
  await Promise.all(cell.contenders.map((contender) => groups.of(contender)))
  for (const contender of cell.contenders) {
    for (const operation of WARM_UP) {
      await take(cell, { ...contender, operation }, groups, timing)
    }
  }
}

/**
 * Measures the contenders of a cell in turns. Each round has another one begin, so that no one always
 * comes after the same neighbour.
 */
export async function measureCell(
  cell: Cell,
  groups: Groups,
  rounds: number,
  timing: Timing
): Promise<DetailedResult[]> {
  const measured = cell.contenders.map((contender) => ({
    contender,
    rounds: [] as Round[],
  }))
  for (const contender of cell.contenders) {
    const group = await groups.of(contender)
    await group.prepare(cell, contender)
    await group.settle()
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, rounds } of rotate(measured, round)) {
      rounds.push(await take(cell, contender, groups, timing))
    }
  }
  return summarise(cell, measured)
}

async function take(
  cell: Cell,
  contender: Contender,
  groups: Groups,
  timing: Timing
): Promise<Round> {
  const group = await groups.of(contender)
  return await group.measure(cell, contender, serial++, timing)
}

function rotate<T>(values: readonly T[], by: number): T[] {
  const first = by % values.length
  return [...values.slice(first), ...values.slice(0, first)]
}
