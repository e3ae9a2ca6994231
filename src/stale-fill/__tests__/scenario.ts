import type { Model, Move } from "./explore"
import type { Process, Step, World } from "./protocol"

export interface Scenario {
  /** What each process does. */
  readonly programs: Record<string, Step[]>
  /** Whether something was cleared before, so that there is a stamp. */
  readonly isStamped?: boolean
  /** @returns what is wrong with a state in which all is done */
  readonly atEnd?: (world: World) => string | undefined
}

/** Who does what, as something to explore. */
export function modelOf(scenario: Scenario): Model<World> {
  const { programs, isStamped = true, atEnd } = scenario
  const names = Object.keys(programs)
  const start: World = {
    source: 0,
    stamps: isStamped ? [{ at: 1, era: 1, isOurs: true }] : [],
    entry: undefined,
    change: undefined,
    exclusive: undefined,
    shared: [],
    nextXid: 2,
    nextEra: 2,
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
    const { next, version, isLate, hasCleared, hasFailed } = process
    const onFailure = hasFailed && program[next]?.onFailure
    if (onFailure) {
      return settled(name, { next: indexOf(name, onFailure), version })
    }
    if (next >= program.length) {
      return { next: program.length, version, isLate, hasCleared }
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

/** What is committed is what the next get answers with. */
function olderThanCleared({ entry, processes }: World): string | undefined {
  const versions = Object.values(processes).map(({ hasCleared, version }) =>
    hasCleared ? (version ?? 0) : 0
  )
  const cleared = Math.max(...versions)
  return entry && entry.version < cleared
    ? `version ${entry.version} is served though what came before ${cleared} is cleared`
    : undefined
}
