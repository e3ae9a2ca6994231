import { LRUCache } from "lru-cache"
import { AsyncContexts, keepsContext, type Read } from "./async-contexts"
import { LoadTimes } from "./load-times"
import { BEFORE_ALL, isOlder, olderOf, type ReadVersion } from "./read-version"

/**
 * Most milliseconds between a miss and a set that follows it; a later set is rejected. Invalidation records are kept
 * for longer (`sweep/sweeper.ts`), so every record that such a set must be checked against is there.
 */
export const MAX_FILL_MS = 60_000
/** Bytes that the misses of all keys may take in memory, with the keys. */
export const MAX_BYTES = 8 * 1024 * 1024
/** At most, as measured. */
const BYTES_PER_KEY = 400
const BYTES_PER_GROUP = 300
const BYTES_PER_CHARACTER = 2

/** A load may take this many times as long as the longest one known, and at least `MIN_LOAD_MS`. */
const LOAD_TIME_FACTOR = 5
const MIN_LOAD_MS = 3_000
/** Most milliseconds from a caller's miss to the start of its load. */
const JOIN_WINDOW_MS = 100
/** Groups of a key beyond which misses of one second share a group. */
const MAX_EXACT_GROUPS = 10
const MERGE_WINDOW_MS = 1_000

/** Misses that followed each other and are known by one read version. */
interface Group {
  /** Of the oldest. */
  version: ReadVersion
  /** When the first was added. */
  readonly since: number
  /** Of the newest. */
  number: number
  /** Of the newest, by `performance.now()`. */
  missedAt: number
  /** How many are open. */
  open: number
  /** Whether a load time was measured from a set of another context. */
  isMeasured?: boolean
  /** Once all are filled: until when they count for sets of other contexts. */
  filledUntil?: number
}

/**
 * Which read version a set is checked against. A set does not say which miss it follows; and after one miss several
 * sets may come, since Medusa makes one get of equal ones that are made at once, and each caller loads and sets
 * the value by itself.
 *
 * - A set follows the last miss of its key in its own async context. Its caller may have joined a load that began
 *   earlier, so it is checked against the oldest miss of the key that was open at its own. A miss is open until a
 *   set of its own context, or one of the own context of a later miss, has followed it.
 * - A set without a miss of its own may come from a caller that shared another one's get. It is checked against the
 *   oldest miss of the key whose load may still be going on, by the load times seen.
 * - Where there is no such miss, the set is stored unchecked.
 *
 * docs/consistency.md says what is not covered.
 */
export class Misses {
  private readonly contexts = new AsyncContexts()
  /** By the key's canonical name; the groups are in the order of their misses. */
  private readonly groups = new LRUCache<string, Group[]>({
    maxSize: MAX_BYTES,
    dispose: (groups, _, reason) => {
      if (reason === "evict") {
        groups.forEach((group) => this.drop(group))
      }
    },
  })
  /**
   * Groups evicted when memory was full, merged second by second; oldest first. Sets with a miss of their own are not
   * checked against them: under a load that fills the memory, too many would be rejected.
   */
  private dropped: Group[] = []
  private readonly loads = new LoadTimes()
  private readonly keepsContext = keepsContext()
  /** Whether loads are measured exactly; until then a set of another context is taken for that of the last miss. */
  private isExact = false
  private forgotAt = -Infinity
  /** Of the last miss or clear. */
  private number = 0

  /**
   * Notes a get at its call, in the caller's context.
   *
   * @param name the key's canonical name
   */
  read(name: string): Read {
    const { miss, cleared } = this.contexts.pastOf(name)
    if (miss && cleared > miss.number) {
      this.settle(miss)
    }
    return this.contexts.read(name)
  }

  /**
   * @param read perhaps a hit whose value is not used
   * @param version the newest record that could be seen, not later than its caller learns of the miss; for a read that
   *   got no answer, which its caller takes for a miss, the last one known before
   */
  missed(read: Read, version: ReadVersion): void {
    read.isHit = false
    // Otherwise its caller timed out, and began to load before this answer came.
    if (!read.version) {
      this.remember(read, version)
    }
  }

  /**
   * Notes a clear at its call, in the caller's context.
   *
   * @param everything a fresh start: what was missed before counts only for sets of the miss's own context
   */
  cleared(everything: boolean): void {
    this.contexts.cleared(++this.number, everything)
    if (everything) {
      this.groups.clear()
      this.dropped = []
    }
  }

  /**
   * To be called once for each set, in its context.
   *
   * @param name the key's canonical name
   * @returns the version since which nothing of what is set may have been cleared; `undefined` when the set
   *   follows no miss
   */
  followedBy(name: string): ReadVersion | undefined {
    const now = performance.now()
    const { miss, cleared } = this.contexts.pastOf(name)
    const isTooLate = miss && now - miss.missedAt > MAX_FILL_MS
    const isDone = miss?.isFilled && (isTooLate || cleared > miss.number)
    if (miss && !isDone) {
      this.fill(miss, now)
      return isTooLate ? BEFORE_ALL : miss.version
    }
    const groups = this.groups.get(name) ?? []
    const mayFollow = (group: Group) =>
      group.number > cleared && this.counts(group, now)
    const versions = [groups, this.dropped].flatMap(
      (all) => all.find(mayFollow)?.version ?? []
    )
    const newest = groups.at(-1)
    if (newest?.open && !newest.isMeasured && !this.isExact) {
      newest.isMeasured = true
      this.loads.add(now - newest.missedAt, now)
    }
    return versions[0] && olderOf(versions[0], versions[1])
  }

  close(): void {
    this.contexts.close()
  }

  private remember(read: Read, version: ReadVersion): void {
    const now = performance.now()
    this.forget(now)
    const { name } = read
    const groups = (this.groups.peek(name) ?? []).filter((group) =>
      group.open > 0 ? isRecent(group, now) : this.counts(group, now)
    )
    const open = groups.find((group) => group.open > 0)
    read.version = olderOf(version, open?.version)
    read.missedAt = now
    read.number = ++this.number

    const group = {
      version,
      since: now,
      number: read.number,
      missedAt: now,
      open: 1,
    }
    for (;;) {
      const last = groups.at(-1)
      const isShared =
        groups.length >= MAX_EXACT_GROUPS && now - last!.since < MERGE_WINDOW_MS
      // Answers may arrive out of order.
      if (!last || !(isShared || isOlder(version, last.version))) {
        break
      }
      groups.pop()
      group.version = olderOf(group.version, last.version)
      group.since = last.since
      group.open += last.open
    }
    groups.push(group)
    this.groups.set(name, groups, { size: sizeOf(name, groups) })
  }

  /** Notes a set in the miss's own context. */
  private fill(miss: Read, now: number): void {
    if (miss.isFilled) {
      return
    }
    const load = now - miss.missedAt
    this.loads.add(load, now)
    this.isExact = this.keepsContext
    const group = this.settle(miss)
    if (group?.open === 0) {
      group.filledUntil =
        now +
        Math.max(LOAD_TIME_FACTOR * load, this.loads.longest(now)!, MIN_LOAD_MS)
    }
    for (const older of this.groups.get(miss.name) ?? []) {
      if (older.missedAt < miss.missedAt - JOIN_WINDOW_MS) {
        older.open = 0
      }
    }
  }

  /** Notes that no set of its own context will follow the miss any more. */
  private settle(miss: Read): Group | undefined {
    const groups = this.groups.peek(miss.name)
    const group = groups?.find(({ number }) => number >= miss.number)
    if (group && group.open > 0 && !miss.isFilled) {
      group.open--
    }
    miss.isFilled = true
    return group
  }

  /** @returns whether a set without a miss of its own may follow one of these */
  private counts(group: Group, now: number): boolean {
    const { filledUntil, missedAt } = group
    const until = filledUntil ?? missedAt + this.longestLoad(now)
    return now <= until && isRecent(group, now)
  }

  /** @returns milliseconds that a load may take, by those seen */
  private longestLoad(now: number): number {
    const known = this.loads.longest(now)
    return known === undefined
      ? MAX_FILL_MS
      : Math.max(LOAD_TIME_FACTOR * known, MIN_LOAD_MS)
  }

  private drop(group: Group): void {
    const now = performance.now()
    if (group.open === 0 && !this.counts(group, now)) {
      return
    }
    const last = this.dropped.at(-1)
    if (!last || now - last.since > MERGE_WINDOW_MS) {
      const { version, number, missedAt } = group
      this.dropped.push({ version, since: now, number, missedAt, open: 1 })
      return
    }
    last.version = olderOf(last.version, group.version)
    last.number = Math.max(last.number, group.number)
    last.missedAt = Math.max(last.missedAt, group.missedAt)
  }

  /** Forgets what is too old for any set to follow, once a second. */
  private forget(now: number): void {
    if (now - this.forgotAt < MERGE_WINDOW_MS) {
      return
    }
    this.forgotAt = now
    this.dropped = this.dropped.filter((group) => isRecent(group, now))
    for (;;) {
      const [name] = this.groups.rkeys()
      if (
        name === undefined ||
        isRecent(this.groups.peek(name)!.at(-1)!, now)
      ) {
        return
      }
      this.groups.delete(name)
    }
  }
}

function isRecent({ missedAt }: Group, now: number): boolean {
  return now - missedAt <= MAX_FILL_MS
}

/** @returns bytes, at most as many as there are in all */
function sizeOf(name: string, { length }: Group[]): number {
  const bytes =
    BYTES_PER_KEY + BYTES_PER_CHARACTER * name.length + BYTES_PER_GROUP * length
  return Math.min(bytes, MAX_BYTES)
}
