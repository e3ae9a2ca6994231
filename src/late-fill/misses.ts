import { Fifo } from "./fifo"
import { Flows, type Read } from "./flow"
import { BEFORE_ALL, type Position } from "./position"

/**
 * Milliseconds between a miss and a set that follows it; a later one is refused. Stamps are kept for longer
 * (`sweep/stamps.ts`), so none is missing that such a set is to be checked against.
 */
export const LONGEST_FILL_MS = 60_000
/** How many misses are remembered; each takes some 200 bytes. */
const MOST_REMEMBERED = 20_000

/**
 * Which miss a set follows. A set does not say; and behind one miss several sets may come, since Medusa makes
 * one get of equal ones that are made at once, and each caller loads and sets the value by itself.
 *
 * - A set follows the last miss of its key in its own flow (the asynchronous context in which the get was
 *   called and which it handed down).
 * - One whose flow has none follows a miss of its key in the last minute, whoever's it was: the oldest that is not used
 *   up, else the last. A miss is used up by such a set, unless one has followed it in its own flow: then
 *   that one was of the caller that asked, and those that shared its get may still come.
 * - So does one whose flow has filled its miss, and that is longer ago, or it has cleared something since. What was
 *   missed before the flow's own last clear does not count then, nor before this process last cleared
 *   everything: whoever clears and then sets means what he says.
 *
 * docs/consistency.md says what is not covered.
 */
export class Misses {
  private readonly flows = new Flows()
  private readonly remembered = new Fifo<Read>()
  /** The first of each key. */
  private readonly firsts = new Map<string, Read>()
  /** In place of misses that there was no room for: the position of the first, and when the last was. */
  private forgotten?: { readonly position: Position; lastAt: number }
  /** When this process last cleared everything, by `performance.now()`. */
  private startedAt = -Infinity
  /** Of the last miss that was answered: before everything that happens from now on. */
  private known = BEFORE_ALL

  /** Notes a get at its call, in the caller's flow. */
  read(key: string): Read {
    return this.flows.read(key)
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
   * Notes a clear at its call, in the caller's flow.
   *
   * @param everything a fresh start: what is set afterwards follows a miss from before only in a flow of its own
   */
  cleared(everything: boolean): void {
    this.flows.cleared(everything)
    if (everything) {
      this.startedAt = performance.now()
    }
  }

  /**
   * To be called once for each set, in its flow.
   *
   * @returns the position since which nothing of what is set may have been cleared; `undefined` when no
   *   miss came before it
   */
  followedBy(key: string): Position | undefined {
    const now = performance.now()
    const { miss, clearedAt } = this.flows.pastOf(key)
    const isOver = miss && now - miss.missedAt > LONGEST_FILL_MS
    const isDone = miss?.isFilled && (isOver || clearedAt > miss.missedAt)
    if (miss && !isDone) {
      miss.isFilled = true
      return isOver ? BEFORE_ALL : miss.position
    }
    this.forget(now)
    const since = Math.max(clearedAt, this.startedAt)
    if (this.forgotten && this.forgotten.lastAt >= since) {
      return this.forgotten.position
    }
    return this.missOfOthers(key, since)?.position
  }

  close(): void {
    this.flows.close()
  }

  /** @returns the miss that a set follows which none in its own flow explains */
  private missOfOthers(key: string, since: number): Read | undefined {
    const first = this.firsts.get(key)
    for (let read = first; read; read = read.next) {
      if (read.missedAt >= since && !read.isUsedUp) {
        read.isUsedUp = !read.isFilled
        return read
      }
    }
    const last = first?.last
    return last && last.missedAt >= since ? last : undefined
  }

  private remember(read: Read, position: Position): void {
    const now = performance.now()
    read.position = position
    read.missedAt = now
    this.remembered.push(read)
    const first = this.firsts.get(read.key)
    if (first) {
      first.last!.next = read
      first.last = read
    } else {
      read.last = read
      this.firsts.set(read.key, read)
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
      const isOver = oldest && now - oldest.missedAt > LONGEST_FILL_MS
      if (!oldest || (!isOver && remembered.length <= MOST_REMEMBERED)) {
        return
      }
      remembered.shift()
      this.dropFirst(oldest)
      if (!isOver) {
        this.forgotten ??= { position: oldest.position!, lastAt: 0 }
        this.forgotten.lastAt = oldest.missedAt
      }
    }
  }

  /** @param first of its key, since it is the oldest of all */
  private dropFirst(first: Read): void {
    const { key, next, last } = first
    // A flow may hold it for long, and must not hold all that came after it.
    first.next = first.last = undefined
    if (next) {
      next.last = last
      this.firsts.set(key, next)
    } else {
      this.firsts.delete(key)
    }
  }
}
