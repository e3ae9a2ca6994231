import { AsyncLocalStorage } from "node:async_hooks"
import { Fifo } from "./fifo"
import { BEFORE_ALL, type Position } from "./position"

/**
 * Milliseconds between a miss and a set that follows it; a later one is refused. Stamps are kept for longer
 * (`sweep/stamps.ts`), so none is missing that such a set is to be checked against.
 */
export const LONGEST_FILL_MS = 120_000
/** How many misses are remembered; each takes some 200 bytes. */
const MOST_REMEMBERED = 20_000
/** How many reads of one flow are told apart; those before are as if other flows had made them. */
const LONGEST_FLOW = 50

/** A get of a key, and after its answer, what kind of answer that was. */
export class Read {
  /** Once it is a miss. */
  position?: Position
  askedAt = 0
  /** Whether a set has followed it in its own flow. */
  isFilled = false
  private isHit = false

  constructor(
    readonly key: string,
    readonly before: Read | undefined,
    readonly depth: number
  ) {}

  /** Nothing will follow it. */
  hit(): void {
    this.isHit = true
  }

  /** Whether later reads of the flow need not lead here. */
  get isForgettable(): boolean {
    return this.isHit
  }
}

/**
 * Which miss a set follows. A set does not say; and behind one miss several sets may come, since Medusa makes
 * one get of equal ones that are made at once, and each caller loads and sets the value by itself.
 *
 * - A set follows the last miss of its key in its own flow (the asynchronous context in which the get was
 *   called and which it handed down).
 * - One whose flow has none, or has filled it already, follows the oldest miss of its key within
 *   the last two minutes. Such a miss is used up with it, unless another set has followed it in its own
 *   flow: then more may be on their way.
 *
 * Where it is not certain, the older miss counts: that may refuse a set that was right, and stores none that
 * is wrong.
 */
export class Misses {
  private readonly flow = new AsyncLocalStorage<Read | undefined>()
  private readonly remembered = new Fifo<Read>()
  private readonly byKey = new Map<string, Read[]>()
  /** In place of misses that there was no room for: the position of the first, and when the last was. */
  private forgotten?: { readonly position: Position; lastAt: number }
  /** Of the last miss that was answered: before everything that happens from now on. */
  private known = BEFORE_ALL

  /** Notes a get at its call, in the caller's flow. */
  read(key: string): Read {
    let before = this.flow.getStore()
    while (before?.isForgettable) {
      before = before.before
    }
    if (before && before.depth >= LONGEST_FLOW) {
      before = undefined
    }
    const read = new Read(key, before, (before?.depth ?? 0) + 1)
    this.flow.enterWith(read)
    return read
  }

  /** @param position the newest stamp that could be seen, not later than its caller learns of the miss */
  missed(read: Read, position: Position): void {
    this.known = position
    // Else its caller could not wait, and has begun to load before this was seen.
    if (!read.position) {
      this.remember(read, position)
    }
  }

  /** The read got no answer, which its caller takes for a miss. */
  failed(read: Read): void {
    this.remember(read, this.known)
  }

  /**
   * Everything is cleared by the caller's flow: what this sets afterwards follows no miss from before. The
   * misses of other flows stay as they are.
   */
  startOver(): void {
    this.flow.enterWith(undefined)
    this.remembered.clear()
    this.byKey.clear()
    this.forgotten = undefined
  }

  /** Has this process follow no flows any more, which takes a little of each promise's time. */
  close(): void {
    this.flow.disable()
  }

  /** @returns the position behind which nothing of what is set may have been cleared; `undefined` when no miss came before it */
  followedBy(key: string): Position | undefined {
    const now = performance.now()
    const own = this.inFlow(key)
    if (own && !own.isFilled) {
      own.isFilled = true
      return now - own.askedAt > LONGEST_FILL_MS ? BEFORE_ALL : own.position
    }
    this.forget(now)
    const all = this.byKey.get(key)
    const oldest = all?.[0]
    if (!oldest) {
      return this.forgotten?.position
    }
    if (own && all.at(-1) === own) {
      // What its flow missed last is what the process did, and has been set since.
      return undefined
    }
    if (!oldest.isFilled) {
      this.drop(oldest)
    }
    return oldest.position
  }

  private inFlow(key: string): Read | undefined {
    let read = this.flow.getStore()
    while (read && !(read.key === key && read.position)) {
      read = read.before
    }
    return read
  }

  private remember(read: Read, position: Position): void {
    const now = performance.now()
    read.position = position
    read.askedAt = now
    this.remembered.push(read)
    const same = this.byKey.get(read.key)
    if (same) {
      same.push(read)
    } else {
      this.byKey.set(read.key, [read])
    }
    this.forget(now)
  }

  /** Forgets what is too old to matter, and the oldest where there are too many. */
  private forget(now: number): void {
    const { forgotten, remembered } = this
    if (forgotten && now - forgotten.lastAt > LONGEST_FILL_MS) {
      this.forgotten = undefined
    }
    for (;;) {
      const oldest = remembered.peek()
      const isOver = oldest && now - oldest.askedAt > LONGEST_FILL_MS
      if (!oldest || (!isOver && remembered.length <= MOST_REMEMBERED)) {
        return
      }
      remembered.shift()
      if (this.drop(oldest) && !isOver) {
        this.forgotten ??= { position: oldest.position!, lastAt: now }
        this.forgotten.lastAt = oldest.askedAt
      }
    }
  }

  /** @returns whether it was still there */
  private drop(read: Read): boolean {
    const same = this.byKey.get(read.key)
    const index = same?.indexOf(read) ?? -1
    if (index < 0) {
      return false
    }
    same!.splice(index, 1)
    if (same!.length === 0) {
      this.byKey.delete(read.key)
    }
    return true
  }
}
