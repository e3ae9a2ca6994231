import type { Model, Move } from "./explore"
import {
  clearedValue,
  type Process,
  readable,
  type Step,
  type World,
} from "./world"

export interface Scenario {
  /** What each process does. */
  readonly programs: Readonly<Record<string, Step[]>>
  /** Whether something was cleared before, so that there is a record. */
  readonly isRecorded?: boolean
  /** @returns what is wrong with a state in which all is done */
  readonly atEnd?: (world: World) => string | undefined
}

/** Who does what, as something to explore. */
export function modelOf(scenario: Scenario): Model<World> {
  const { programs, isRecorded = true, atEnd } = scenario
  const names = Object.keys(programs)
  const start: World = {
    source: 0,
    records: isRecorded
      ? [{ version: 1, epoch: 1, isOurs: true, isRemoving: false }]
      : [],
    entry: undefined,
    change: undefined,
    exclusive: undefined,
    shared: [],
    nextNumber: 2,
    nextEpoch: 2,
    processes: Object.fromEntries(names.map((name) => [name, { next: 0 }])),
  }
  const stepOf = (world: World, name: string) =>
    programs[name]![world.processes[name]!.next]
  const isOver = (world: World) => names.every((name) => !stepOf(world, name))

  function moves(world: World): Move<World>[] {
    const ready = names.filter((name) => {
      const step = stepOf(world, name)
      return step && !step.waits?.(world, name, world.processes[name]!)
    })
    return ready.map((name) => {
      const step = stepOf(world, name)!
      return { name: `${name} ${step.name}`, to: after(world, name, step) }
    })
  }

  function after(world: World, name: string, step: Step): World {
    const to = { ...world, processes: { ...world.processes } }
    const self = { ...to.processes[name]! }
    to.processes[name] = self
    const target = step.run(to, self, name)
    self.next = target ? indexOf(name, target) : self.next + 1
    for (const [other, process] of Object.entries(to.processes)) {
      to.processes[other] = settled(other, process)
    }
    return to
  }

  /** Goes on elsewhere after a failure, and forgets what is over. */
  function settled(name: string, process: Process): Process {
    const program = programs[name]!
    const { next, value, isStale, hasCleared, floor, served, hasFailed } =
      process
    const onFailure = hasFailed && program[next]?.onFailure
    if (onFailure) {
      return settled(name, {
        next: indexOf(name, onFailure),
        value,
        hasCleared,
      })
    }
    if (next >= program.length) {
      return {
        next: program.length,
        value,
        isStale,
        hasCleared,
        floor,
        served,
      }
    }
    return hasFailed ? { ...process, hasFailed: undefined } : process
  }

  function indexOf(name: string, target: string): number {
    const index = programs[name]!.findIndex((step) => step.name === target)
    return index < 0 ? programs[name]!.length : index
  }

  return {
    start,
    moves,
    isOver,
    complaint: (world) =>
      olderThanCleared(world) ?? (isOver(world) ? atEnd?.(world) : undefined),
  }
}

/** What a get that begins now answers with, and what one has answered that took some steps. */
function olderThanCleared(world: World): string | undefined {
  const answers = [
    { served: readable(world)?.value, floor: clearedValue(world) },
    ...Object.values(world.processes),
  ]
  const wrong = answers.find(
    ({ served, floor = 0 }) => served !== undefined && served < floor
  )
  return (
    wrong &&
    `version ${wrong.served} is served though what came before ${wrong.floor} is cleared`
  )
}
