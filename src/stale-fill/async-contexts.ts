import { AsyncLocalStorage } from "node:async_hooks"
import type { ReadVersion } from "./read-version"

/** Each context knows at least this many of its last misses, and at most twice as many. */
const KEPT_MISSES = 50

/** A get of a key, and once it is a miss, what a set that follows it is checked against. */
export class Read {
  /** Undefined until the get is known to be a miss. */
  version?: ReadVersion
  /** Its place among the misses and clears of this process. */
  number = 0
  /** By `performance.now()`. */
  missedAt = 0
  /** Whether a set of its own context has followed it. */
  isFilled = false
  isHit = false
  readonly depth: number

  constructor(
    readonly key: string,
    /** The read before it in its context; undefined at the start of each list of `KEPT_MISSES`. */
    readonly before: Read | undefined
  ) {
    this.depth = (before?.depth ?? 0) + 1
  }

  /** No set will follow it. */
  hit(): void {
    this.isHit = true
  }
}

/** What a context has done. Reads do not refer to it, so a read keeps no more than the list before it. */
interface Context {
  readonly newest?: Read
  /** The last read of the full list before that of `newest`. */
  readonly older?: Read
  /** The number of its last clear, else 0. */
  readonly cleared: number
}

const NOTHING: Context = { cleared: 0 }

/** What a context has done that matters to a set of a key. */
export interface Past {
  /** Its last miss of the key. */
  readonly miss?: Read
  /** The number of its last clear, else 0. */
  readonly cleared: number
}

/**
 * What was done in each async context in which the cache is called. A context knows what led to it: a list that
 * grows only at its head, so branches share what they have in common and nothing else.
 */
export class AsyncContexts {
  private readonly storage = new AsyncLocalStorage<Context>()

  /** Notes a get in the caller's context. */
  read(key: string): Read {
    const { newest: last, older, cleared } = this.current()
    let newest = last
    while (newest?.isHit) {
      newest = newest.before
    }
    const isFull = newest && newest.depth >= KEPT_MISSES
    const read = new Read(key, isFull ? undefined : newest)
    const next = { newest: read, older: isFull ? newest : older, cleared }
    this.storage.enterWith(next)
    return read
  }

  /**
   * Notes a clear in the caller's context.
   *
   * @param everything what the context did before counts no longer
   */
  cleared(number: number, everything: boolean): void {
    const before = everything ? NOTHING : this.current()
    this.storage.enterWith({ ...before, cleared: number })
  }

  /** @returns what the caller's context has done */
  pastOf(key: string): Past {
    const { newest, older, cleared } = this.current()
    for (const head of [newest, older]) {
      for (let read = head; read; read = read.before) {
        if (read.key === key && read.version) {
          return { miss: read, cleared }
        }
      }
    }
    return { cleared }
  }

  /** Stops following contexts, which takes a little of each promise's time. */
  close(): void {
    this.storage.disable()
  }

  private current(): Context {
    return this.storage.getStore() ?? NOTHING
  }
}

/**
 * @returns whether a context keeps what was entered within another `AsyncLocalStorage.run`, as tracing does
 *   around a get; in Node 24.0 it does not
 */
export function keepsContext(): boolean {
  const [ours, another] = [
    new AsyncLocalStorage<boolean>(),
    new AsyncLocalStorage<boolean>(),
  ]
  try {
    return ours.run(false, () => {
      another.run(true, () => ours.enterWith(true))
      return ours.getStore()!
    })
  } finally {
    // One that was used once takes some memory and time of every later promise, until it is disabled.
    ours.disable()
    another.disable()
  }
}
