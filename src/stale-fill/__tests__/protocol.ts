import {
  BEFORE_ALL,
  clearedValue,
  isHidden,
  newestOf,
  rollBack,
  type Step,
  unlock,
  visible,
  readable,
} from "./world"

/** In place of the name of a step. */
const END = "end"

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
    world.records = world.records.map((record) => ({
      ...record,
      by: record.by === me ? undefined : record.by,
      isRemoving: record.isRemoving && record.doneBy !== me,
      doneBy: record.doneBy === me ? undefined : record.doneBy,
    }))
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

/** Draws the transaction's number, sees the epoch, and inserts a record with both. */
export const records = (isOurs = true): Step => ({
  name: "inserts a record",
  run: (world, _, me) => {
    const epoch = newestOf(visible(world))?.epoch ?? world.nextEpoch++
    const version = world.nextNumber++
    const record = { version, epoch, isOurs, isRemoving: false, by: me }
    world.records = [...world.records, record]
  },
})

/** The snapshot of a look for entries. */
export const seesEntry: Step = {
  name: "sees the entry",
  run: ({ entry }, self) => {
    self.entry = entry
  },
}

/** Deletes what it has seen, unless another is in its place by now or somebody has locked it. */
export const removes: Step = {
  name: "removes the entry, if it is not locked",
  run: (world, { entry }, me) => {
    if (entry && entry.number === world.entry?.number && !world.change) {
      world.change = { by: me }
    }
  },
}

/** @param isLarge whether more entries were found than are deleted at once */
export const notesWhatIsLeft = (isLarge = false): Step => ({
  name: "notes in its record what is left",
  run: (world, self, me) => {
    const isLeft =
      self.entry?.number === world.entry?.number && world.change?.by !== me
    if (isLarge || (self.entry && isLeft)) {
      world.records = world.records.map((record) =>
        record.by === me
          ? { ...record, isRemoving: true }
          : // A later record of the same clear stands for the earlier one.
            { ...record, doneBy: record.isRemoving ? me : record.doneBy }
      )
    }
    self.entry = undefined
  },
})

/** The first query of the function that looks for stale fills. */
export const seesNewest: Step = {
  name: "sees the newest record",
  run: (world, self) => {
    self.newest = newestOf(visible(world))
  },
}

/** The second. */
export const seesRecords: Step = {
  name: "sees the records",
  run: (world, self) => {
    self.records = visible(world)
  },
}

/** What the function makes of what it has seen. */
export const checks = (knowsEpochs = true): Step => ({
  name: "checks",
  run: (_, self) => {
    const { readVersion = BEFORE_ALL, newest, records = [] } = self
    const { version, epoch } = readVersion
    const isSame = newest?.version === version && newest.epoch === epoch
    const before = newestOf(records.filter((one) => one.version <= version))
    const isOtherEpoch =
      (newest && version > newest.version) || before?.epoch !== epoch
    const isCleared = records.some((one) => one.isOurs && one.version > version)
    self.isStale = !isSame && ((knowsEpochs && isOtherEpoch) || isCleared)
    self.newest = self.records = undefined
  },
})

/** Takes the place of what is committed by now, however old the snapshot; its number is drawn here. */
export const inserts: Step = {
  name: "inserts the entry",
  waits: ({ change }, me, { isStale }) =>
    !isStale && !!change && change.by !== me,
  run: (world, { isStale, value }, me) => {
    if (!isStale) {
      const to = { number: world.nextNumber++, value: value! }
      world.change = { by: me, to }
    }
  },
}

/** For a set that checks afterwards. */
export const removesOwn: Step = {
  name: "removes what it has set, if that was stale",
  run: (world, { isStale, value }) => {
    if (isStale && world.entry?.value === value) {
      world.entry = undefined
    }
  },
}

export const readsSource: Step = {
  name: "reads the source",
  run: ({ source }, self) => {
    self.value = source
  },
}

export const changesSource: Step = {
  name: "changes the source",
  run: (world, self) => {
    self.value = ++world.source
  },
}

const returns: Step = {
  name: "has cleared",
  run: (_, self) => {
    self.hasCleared = true
  },
}

/** Steps of one transaction: all or nothing. The first one begins it. */
export const statement = (onFailure: string, ...steps: Step[]): Step[] =>
  steps.map((step, index) => (index === 0 ? step : { ...step, onFailure }))

/** Where a clear that fails is made again. */
const AGAIN = locksExclusively.name

/** `caching_postgres_invalidate`: record and deletion are one transaction. */
export const clear = (isOurs = true): Step[] =>
  statement(
    AGAIN,
    locksExclusively,
    records(isOurs),
    ...(isOurs ? [seesEntry, removes, notesWhatIsLeft()] : []),
    commits,
    unlocks
  )

/** The same of more entries than it deletes: it only records that they are left. */
export const largeClear = (): Step[] =>
  statement(
    AGAIN,
    locksExclusively,
    records(),
    notesWhatIsLeft(true),
    commits,
    unlocks
  )

const takesRecord: Step = {
  name: "takes the record of a large clear",
  run: (world, self) => {
    const taken = visible(world).find((one) => one.isRemoving && !one.doneBy)
    self.removing = taken?.version
    return taken ? undefined : END
  },
}

const seesLeftEntry: Step = {
  name: "sees an entry that is left",
  run: ({ entry }, self) => {
    self.entry = entry && entry.number < self.removing! ? entry : undefined
  },
}

/** @param whenNoneIs only if there was none left to see, as it must be */
const notesTheEnd = (whenNoneIs: "seen" | "locked"): Step => ({
  name: "notes that nothing is left",
  run: (world, self, me) => {
    if (!self.entry || (whenNoneIs === "locked" && world.change?.by !== me)) {
      world.records = world.records.map((record) =>
        record.version === self.removing ? { ...record, doneBy: me } : record
      )
    }
    self.entry = self.removing = undefined
  },
})

/** Two batches of `caching_postgres_remove_invalidated`, which any process may run. */
export const removal = (whenNoneIs: "seen" | "locked" = "seen"): Step[] => {
  const end = notesTheEnd(whenNoneIs)
  const batch = statement(
    END,
    takesRecord,
    seesLeftEntry,
    removes,
    end,
    commits
  )
  return [...batch, ...batch]
}

/** A get that misses makes a record where there is none; where that fails, it is before all. */
export const get = (then: string = readsSource.name): Step[] => [
  {
    name: "asks for the entry",
    run: (world, self) => {
      self.readVersion = newestOf(visible(world))
      return readable(world) ? END : self.readVersion && then
    },
  },
  ...statement(then, locksExclusively, records(false), commits, unlocks),
  {
    name: "asks for the newest record",
    run: (world, self) => {
      self.readVersion = newestOf(visible(world))
    },
  },
]

/** A get that looks for records in a snapshot of its own, after that of the entry. */
export const getInTwoSnapshots = (): Step[] => [
  {
    name: "gets the entry",
    run: (world, self) => {
      self.floor = clearedValue(world)
      self.entry = world.entry
    },
  },
  {
    name: "gets the records",
    run: (world, self) => {
      const { entry } = self
      const isServed = entry && !isHidden(entry, visible(world))
      self.served = isServed ? entry.value : undefined
      self.entry = undefined
    },
  },
]

/** A set that fails is not made again. */
export const set = (...steps: Step[]): Step[] => statement(END, ...steps)

export const storesUnlessStale = (): Step[] =>
  set(locksShared, seesNewest, seesRecords, checks(), inserts, commits, unlocks)

export const reader = (): Step[] => [
  ...get(),
  readsSource,
  ...storesUnlessStale(),
]

export const writerThat = (...clears: Step[]): Step[] => [
  changesSource,
  ...clears,
  returns,
]

export const writer = (): Step[] => writerThat(...clear())

/** Its process removes the entries when the clear has returned. */
export const largeWriter = (): Step[] => [
  ...writerThat(...largeClear()),
  ...removal(),
]

/** Clears something else. */
export const stranger = (): Step[] => [...clear(false), returns]

/** Somebody's transaction that has the entry's row locked for a while, and changes nothing. */
export const holder = (): Step[] => [
  {
    name: "locks the row",
    waits: ({ change }) => change !== undefined,
    run: (world, _, me) => {
      if (world.entry) {
        world.change = { by: me, to: world.entry }
      }
    },
  },
  { name: "lets go", run: (world, _, me) => rollBack(world, me) },
]

/** Removes all records but the newest and those of large clears, as if each had had its time. */
export const sweep = (): Step[] =>
  statement(END, seesRecords, {
    name: "removes the old records",
    run: (world, self) => {
      const seen = self.records!.filter(({ isRemoving }) => !isRemoving)
      const newest = newestOf(self.records!)?.version
      const old = seen.map(({ version }) => version)
      world.records = world.records.filter(
        ({ version }) => version === newest || !old.includes(version)
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
      world.records = []
      world.entry = undefined
      world.nextNumber = numbers === "start over" ? 1 : world.nextNumber
      for (const [name, process] of Object.entries(world.processes)) {
        if (name !== me) {
          rollBack(world, name)
          world.processes[name] = { ...process, hasFailed: true }
        }
      }
    },
  },
]
