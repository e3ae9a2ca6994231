import { AsyncLocalStorage } from "node:async_hooks"
import type { ReadVersion } from "./read-version"

/** Misses are kept in lists of so many: a get looks through one list, and into the sets of the others. */
const MISSES_PER_LIST = 10
/** Full lists that a context knows, besides the one that grows: at least its last 50 misses. */
const KEPT_LISTS = 5

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
    /** The key's canonical name. */
    readonly name: string,
    /** The read before it in its context; undefined at the start of each list. */
    readonly before: Read | undefined
  ) {
    this.depth = (before?.depth ?? 0) + 1
  }

  /** No set will follow it. */
  hit(): void {
    this.isHit = true
  }
}

/** A full list. */
interface ReadList {
  readonly newest: Read
  /** Of their keys. */
  readonly names: ReadonlySet<string>
}

/** What a context has done. Reads do not refer to it, so a read keeps no more than the list before it. */
interface Context {
  readonly newest?: Read
  /** The full lists before that of `newest`, the last one first. */
  readonly older: readonly ReadList[]
  /** The number of its last clear, else 0. */
  readonly cleared: number
}

const NOTHING: Context = { older: [], cleared: 0 }

/** What a context has done that matters to a set of a key. */
interface Past {
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
  read(name: string): Read {
    const { newest: last, older, cleared } = this.current()
    let newest = last
    while (newest?.isHit) {
      newest = newest.before
    }
    if (!newest || newest.depth < MISSES_PER_LIST) {
      const read = new Read(name, newest)
      this.storage.enterWith({ newest: read, older, cleared })
      return read
    }
    const read = new Read(name, undefined)
    const lists = [listOf(newest), ...older.slice(0, KEPT_LISTS - 1)]
    this.storage.enterWith({ newest: read, older: lists, cleared })
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
  pastOf(name: string): Past {
    const { newest, older, cleared } = this.current()
    let miss = lastMissIn(newest, name)
    for (let index = 0; !miss && index < older.length; index++) {
      const { names, newest: last } = older[index]!
      miss = names.has(name) ? lastMissIn(last, name) : undefined
    }
    return { miss, cleared }
  }

  /** Stops following contexts, which takes a little of each promise's time. */
  close(): void {
    this.storage.disable()
  }

  private current(): Context {
    return this.storage.getStore() ?? NOTHING
  }
}

function listOf(newest: Read): ReadList {
  const names = new Set<string>()
  for (let read: Read | undefined = newest; read; read = read.before) {
    names.add(read.name)
  }
  return { newest, names }
}

function lastMissIn(newest: Read | undefined, name: string): Read | undefined {
  let read = newest
  while (read && !(read.name === name && read.version)) {
    read = read.before
  }
  return read
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
