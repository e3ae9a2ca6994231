/** As in `read-version.ts`. */
export interface ReadVersion {
  readonly version: number
  readonly epoch: number
}

/** An invalidation record. */
export interface Record extends ReadVersion {
  /** Whether the model's key, or its tag, was cleared with it. */
  readonly isOurs: boolean
  /** Whether entries of its clear are left, which no read returns (`removing_from`). */
  readonly isRemoving: boolean
  /** Whose transaction it is part of, while that is open. */
  readonly by?: string
  /** Whose open transaction says that no entries are left. */
  readonly doneBy?: string
}

/** What stands under the key: the number of the transaction that set it, and which version of the source it is. */
interface Entry {
  readonly number: number
  readonly value: number
}

/** What a process knows; forgotten where it matters no more, so that fewer states differ. */
export interface Process {
  /** The number of its next step. */
  next: number
  readVersion?: ReadVersion
  /** The version of the source that a reader has read, or a writer made. */
  value?: number
  newest?: ReadVersion
  records?: readonly Record[]
  entry?: Entry
  /** The record of the clear whose entries it removes. */
  removing?: number
  isStale?: boolean
  hasCleared?: boolean
  /** Of a get: what it may not answer below, as it began. */
  floor?: number
  served?: number
  /** Whether the server has crashed just now. */
  hasFailed?: boolean
}

/** A server with one key, a source of its value that is changed elsewhere, and who uses them. */
export interface World {
  source: number
  records: readonly Record[]
  /** As committed. */
  entry?: Entry
  /** What an open transaction makes of it, which has locked its row. */
  change?: { readonly by: string; readonly to?: Entry }
  exclusive?: string
  shared: readonly string[]
  nextNumber: number
  nextEpoch: number
  processes: { [name: string]: Process }
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

export const BEFORE_ALL: ReadVersion = { version: 0, epoch: 0 }
export const visible = ({ records }: World): Record[] =>
  records.filter(({ by }) => !by)

export function newestOf(records: readonly Record[]): ReadVersion | undefined {
  const newest = Math.max(...records.map(({ version }) => version))
  const found = records.find(({ version }) => version === newest)
  return found && { version: found.version, epoch: found.epoch }
}

/** An entry that is older than a clear which has left it is not there for a read (`visible.ts`). */
export const isHidden = (entry: Entry, records: readonly Record[]): boolean =>
  records.some(
    ({ isOurs, isRemoving, version }) =>
      isOurs && isRemoving && entry.number < version
  )

/** What the next get answers with: one snapshot for the entry and the records. */
export function readable(world: World): Entry | undefined {
  const { entry } = world
  return entry && !isHidden(entry, visible(world)) ? entry : undefined
}

/** The newest value whose clear has returned: nothing older may be served. */
export function clearedValue({ processes }: World): number {
  const values = Object.values(processes).map(({ hasCleared, value }) =>
    hasCleared ? (value ?? 0) : 0
  )
  return Math.max(...values)
}

export function unlock(world: World, who: string): void {
  world.exclusive = world.exclusive === who ? undefined : world.exclusive
  world.shared = world.shared.filter((holder) => holder !== who)
}

export function rollBack(world: World, who: string): void {
  world.records = world.records
    .filter(({ by }) => by !== who)
    .map((record) =>
      record.doneBy === who ? { ...record, doneBy: undefined } : record
    )
  world.change = world.change?.by === who ? undefined : world.change
  unlock(world, who)
}
