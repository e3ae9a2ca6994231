/** As in `read-version.ts`. */
interface At {
  readonly at: number
  readonly era: number
}

interface Stamp extends At {
  /** Whether the model's key, or its tag, was cleared with it. */
  readonly isOurs: boolean
  /** Whose transaction it is part of, while that is open. */
  readonly by?: string
}

/** A value under the key: who set it, and which version of the source it is. */
interface Entry {
  readonly id: string
  readonly version: number
}

/** What a process knows; forgotten where it matters no more, so that fewer states differ. */
export interface Process {
  /** The number of its next step. */
  next: number
  position?: At
  /** The version that a reader has read, or a writer made. */
  version?: number
  era?: number
  ownStamp?: At
  newest?: At
  stamps?: readonly Stamp[]
  entry?: Entry
  isLate?: boolean
  hasCleared?: boolean
  /** Whether the server has crashed just now. */
  hasFailed?: boolean
}

/** A server with one key, a source of its value that is changed elsewhere, and who uses them. */
export interface World {
  source: number
  stamps: readonly Stamp[]
  /** As committed. */
  entry?: Entry
  /** What an open transaction makes of it, whose end others have to wait for. */
  change?: { readonly by: string; readonly to?: Entry }
  exclusive?: string
  shared: readonly string[]
  nextXid: number
  nextEra: number
  processes: Record<string, Process>
}

/**
 * What is done at once, with nothing of anyone else in between: as little as possible. A snapshot, the
 * effect of a statement and its commit are steps of their own, and so is the release of its locks, which
 * comes after others can see the commit.
 */
export interface Step {
  readonly name: string
  /** Whether the process has to wait. */
  readonly waits?: (world: World, me: string, self: Process) => boolean
  /** @returns the name of the step to go on with, where it is not the next one */
  readonly run: (world: World, self: Process, me: string) => string | void
  /** Where to go on if its statement fails, as under way it does when the server crashes. */
  readonly onFailure?: string
}

export const BEFORE_ALL: At = { at: 0, era: 0 }
/** In place of the name of a step. */
export const END = "end"

const visible = ({ stamps }: World) => stamps.filter(({ by }) => !by)

function newestOf(stamps: readonly Stamp[]): At | undefined {
  const newest = Math.max(...stamps.map(({ at }) => at))
  const found = stamps.find(({ at }) => at === newest)
  return found && { at: found.at, era: found.era }
}

function unlock(world: World, who: string): void {
  world.exclusive = world.exclusive === who ? undefined : world.exclusive
  world.shared = world.shared.filter((holder) => holder !== who)
}

function rollBack(world: World, who: string): void {
  world.stamps = world.stamps.filter(({ by }) => by !== who)
  world.change = world.change?.by === who ? undefined : world.change
  unlock(world, who)
}

// The server lets nobody past who waits longer; here anyone may come first, which includes that.
export const locksShared: Step = {
  name: "takes the lock shared",
  waits: ({ exclusive }) => exclusive !== undefined,
  run: (world, _, me) => {
    world.shared = [...world.shared, me].sort()
  },
}

export const locksExclusively: Step = {
  name: "takes the lock exclusively",
  waits: ({ exclusive, shared }) =>
    exclusive !== undefined || shared.length > 0,
  run: (world, _, me) => {
    world.exclusive = me
  },
}

/** Others see it from now on. */
export const commits: Step = {
  name: "commits",
  run: (world, _, me) => {
    world.stamps = world.stamps.map((stamp) =>
      stamp.by === me ? { ...stamp, by: undefined } : stamp
    )
    if (world.change?.by === me) {
      world.entry = world.change.to
      world.change = undefined
    }
  },
}

export const unlocks: Step = {
  name: "releases its locks",
  run: (world, _, me) => unlock(world, me),
}

/** The snapshot of `stamp.ts`, older than its lock. */
export const seesEra: Step = {
  name: "sees the era",
  run: (world, self) => {
    self.era = newestOf(visible(world))?.era ?? world.nextEra++
  },
}

export const stamps = (isOurs: boolean): Step => ({
  name: "inserts a stamp",
  run: (world, self, me) => {
    const stamp = { at: world.nextXid++, era: self.era! }
    world.stamps = [...world.stamps, { ...stamp, isOurs, by: me }]
    self.era = undefined
    self.ownStamp = isOurs ? undefined : stamp
  },
})

/** The snapshot of a removal. */
export const seesEntry: Step = {
  name: "sees the entry",
  run: ({ entry }, self) => {
    self.entry = entry
  },
}

/** Removes what it has seen, unless another is in its place by now (`where e.id = …`). */
export const removes: Step = {
  name: "removes the entry",
  waits: ({ change }, me, { entry }) => !!entry && !!change && change.by !== me,
  run: (world, self, me) => {
    if (self.entry && self.entry.id === world.entry?.id) {
      world.change = { by: me }
    }
    self.entry = undefined
  },
}

/** A removal is only made where there is something to remove; each looks by itself. */
export const finds: Step = {
  name: "looks for the entry",
  run: ({ entry }) => (entry ? undefined : returns.name),
}

/** The first query of the function in the migration. */
export const seesNewest: Step = {
  name: "sees the newest stamp",
  run: (world, self) => {
    self.newest = newestOf(visible(world))
  },
}

/** The second. */
export const seesStamps: Step = {
  name: "sees the stamps",
  run: (world, self) => {
    self.stamps = visible(world)
  },
}

/** What the function makes of what it has seen. */
export const checks = (knowsEras = true): Step => ({
  name: "checks",
  run: (_, self) => {
    const { position = BEFORE_ALL, newest, stamps = [] } = self
    const isSame = newest?.at === position.at && newest.era === position.era
    const before = newestOf(stamps.filter(({ at }) => at <= position.at))
    const isOtherEra = knowsEras && before?.era !== position.era
    const isCleared =
      newest !== undefined &&
      position.at < newest.at &&
      stamps.some(({ at, isOurs }) => isOurs && at > position.at)
    self.isLate = !isSame && (isOtherEra || isCleared)
    self.newest = self.stamps = undefined
  },
})

/** Takes the place of what is committed by now, however old the snapshot. */
export const inserts: Step = {
  name: "inserts the entry",
  waits: ({ change }, me, { isLate }) =>
    !isLate && !!change && change.by !== me,
  run: (world, { isLate, version }, me) => {
    if (!isLate) {
      world.change = { by: me, to: { id: me, version: version! } }
    }
  },
}

/** For a set that checks afterwards. */
export const removesOwn: Step = {
  name: "removes what it has set, if that came too late",
  run: (world, { isLate }, me) => {
    if (isLate && world.entry?.id === me) {
      world.entry = undefined
    }
  },
}

export const readsSource: Step = {
  name: "reads the source",
  run: ({ source }, self) => {
    self.version = source
  },
}

export const changesSource: Step = {
  name: "changes the source",
  run: (world, self) => {
    self.version = ++world.source
  },
}

const returns: Step = {
  name: "has cleared",
  run: (_, self) => {
    self.hasCleared = true
  },
}

/** One snapshot for the entry and the position. */
const asks = (then: string): Step => ({
  name: "asks for the entry",
  run: (world, self) => {
    self.position = newestOf(visible(world))
    return world.entry ? END : self.position && then
  },
})

const unlocksAndKnows: Step = {
  name: unlocks.name,
  run: (world, self, me) => {
    unlock(world, me)
    self.position = self.ownStamp
    self.ownStamp = undefined
  },
}

/** Steps of one transaction: all or nothing. The first one begins it. */
export const statement = (onFailure: string, ...steps: Step[]): Step[] =>
  steps.map((step, index) => (index === 0 ? step : { ...step, onFailure }))

/** A get that misses, which makes a stamp where there is none; where that fails, it is before all. */
export const get = (then: string = readsSource.name): Step[] => [
  asks(then),
  ...statement(
    then,
    seesEra,
    locksExclusively,
    stamps(false),
    commits,
    unlocksAndKnows
  ),
]

/** A set that fails is not made again. */
export const set = (...steps: Step[]): Step[] => statement(END, ...steps)

export const storesUnlessLate = (): Step[] =>
  set(locksShared, seesNewest, seesStamps, checks(), inserts, commits, unlocks)

/** A clear that fails is made again from its stamp on. */
export const again = seesEra.name

export const makesStamp = (isOurs = true): Step[] =>
  statement(again, seesEra, locksExclusively, stamps(isOurs), commits, unlocks)

export const removal = (): Step[] => [
  finds,
  ...statement(again, seesEntry, removes, commits),
]

export const reader = (): Step[] => [
  ...get(),
  readsSource,
  ...storesUnlessLate(),
]

export const writerThat = (...clears: Step[]): Step[] => [
  changesSource,
  ...clears,
  returns,
]

export const writer = (): Step[] => writerThat(...makesStamp(), ...removal())

/** Clears something else. */
export const stranger = (): Step[] => [...makesStamp(false), returns]

/** Removes all stamps but the newest, as if each had had its time. */
export const sweep = (): Step[] =>
  statement(END, seesStamps, {
    name: "removes the old stamps",
    run: (world, self) => {
      const seen = self.stamps!.map(({ at }) => at)
      const newest = Math.max(...seen)
      world.stamps = world.stamps.filter(
        ({ at }) => at === newest || !seen.includes(at)
      )
    },
  })

/** Some process, and with it its transaction, ends at any moment (or after everything). */
export const kill = (who: string): Step[] => [
  {
    name: `kills the ${who}`,
    run: (world) => {
      rollBack(world, who)
      world.processes[who] = { ...world.processes[who], next: Infinity }
    },
  },
]

/**
 * Empties the unlogged tables. Nor need the numbers of transactions that only wrote to such tables have
 * reached the disk: then they are given out once more.
 */
export const crash = (numbers: "go on" | "start over"): Step[] => [
  {
    name: "crashes",
    run: (world, _, me) => {
      world.stamps = []
      world.entry = undefined
      world.nextXid = numbers === "start over" ? 1 : world.nextXid
      for (const [name, process] of Object.entries(world.processes)) {
        if (name !== me) {
          rollBack(world, name)
          world.processes[name] = { ...process, hasFailed: true }
        }
      }
    },
  },
]
