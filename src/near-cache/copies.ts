import { LRUCache } from "lru-cache"
import type { NearCacheSettings } from "../options"
import type { Clear } from "../types"
import { copy, freeze } from "./copy"
import { hash, heapSize, stringSize } from "./heap-size"

/** Bytes of a copy without its value: the object, its places in maps. */
const BYTES_AROUND = 400
/** Bytes of a hash, in an array that may have grown beyond its need. */
const BYTES_PER_TAG = 12
/** Beyond this many cleared tags, about 0.5 MB, all copies that were read before are given up. */
const MAX_CLEARED_TAGS = 10_000

/** An entry as a read found it. */
export interface ReadEntry {
  /** The id of the row, which changes with every set. */
  readonly id: string
  readonly json: string
  /** A JSON array. */
  readonly tags: string
  /** The TTL that is left. */
  readonly seconds: number
}

/**
 * A read in progress. Its result is not kept if its id or key was removed meanwhile, or if everything was
 * (`isVoid`).
 */
export interface ReadUnderWay {
  readonly begun: number
  /** The number of the last clear by tag before the read began. */
  readonly clearNumber: number
  readonly ids: Set<string>
  readonly keys: Set<string>
  isVoid: boolean
}

interface Copy {
  readonly id: string
  /** When the read began. */
  readonly begun: number
  readonly expiresAt: number
  /** Hashes. */
  readonly tags: readonly number[]
  /** The number of the last clear by tag that is known not to concern this copy. */
  clearNumber: number
  /** Parsed by the first get: most entries are outdated before they are read again. */
  readonly json?: string
  readonly value?: unknown
}

/**
 * Copies of entries in the memory of this process. When there is no room, the least recently used go.
 *
 * Each copy has the id that its entry had when it was read. A set gives the entry a new id, and that the old one is
 * gone is announced. So an announcement concerns exactly one copy, and a delayed one concerns no newer copy.
 *
 * Own clears by tag are numbered and noted by the tags' 32-bit hashes, and a copy is compared with them at its next get:
 * a search through all copies would hold up every clear. A collision costs a read of the table. All times are by
 * `performance.now()`.
 */
export class Copies {
  private readonly kept: LRUCache<string, Copy>
  /** By id. */
  private readonly keys = new Map<string, string>()
  private readonly readsUnderWay = new Set<ReadUnderWay>()
  private lastClear = 0
  /** The number of the last clear, by hash of the tag; clears up to `forgotten` are not in it. */
  private readonly clearedTags = new Map<number, number>()
  private forgotten = 0
  hits = 0

  constructor(private readonly settings: NearCacheSettings) {
    this.kept = new LRUCache({
      maxSize: settings.maxBytes,
      dispose: ({ id }) => this.keys.delete(id),
    })
  }

  get count(): number {
    return this.kept.size
  }

  /** On the heap, estimated. */
  get bytes(): number {
    return this.kept.calculatedSize
  }

  /** @returns a value of the caller's own, or the shared frozen one; `undefined` where the table is to be asked */
  get(key: string, now: number): unknown {
    const kept = this.kept.get(key)
    if (!kept) {
      return undefined
    }
    if (now < kept.expiresAt && !this.isCleared(kept)) {
      try {
        const { json } = kept
        const value = json === undefined ? kept.value : this.parse(json)
        if (json !== undefined) {
          this.put(key, { ...kept, json: undefined, value }, heapSize(value))
        }
        const own = this.settings.share ? value : copy(value)
        this.hits++
        return own
      } catch {
        // No JSON, or nested too deep to be copied or frozen: the read of the table fails with the same error.
      }
    }
    this.kept.delete(key)
    return undefined
  }

  /** @returns the value of an entry that was read from the table: with `share` frozen, like the copies */
  parse(json: string): unknown {
    const value = JSON.parse(json) as unknown
    return this.settings.share ? freeze(value) : value
  }

  /** To be called before a read is sent, and ended with its answer. */
  beginRead(): ReadUnderWay {
    const read: ReadUnderWay = {
      begun: performance.now(),
      clearNumber: this.lastClear,
      ids: new Set(),
      keys: new Set(),
      isVoid: false,
    }
    this.readsUnderWay.add(read)
    return read
  }

  /** Keeps what a read has found, unless it was removed since the read began. */
  keep(
    { begun, clearNumber, ids, keys, isVoid }: ReadUnderWay,
    key: string,
    { id, json, tags, seconds }: ReadEntry
  ): void {
    const isOlder = begun < (this.kept.peek(key)?.begun ?? 0)
    if (isVoid || ids.has(id) || keys.has(key) || isOlder) {
      return
    }
    const expiresAt = begun + Math.min(seconds, this.settings.ttl) * 1000
    const hashes = (JSON.parse(tags) as string[]).map((tag) => hash(tag))
    const kept = { id, begun, expiresAt, tags: hashes, clearNumber, json }
    this.put(key, kept, stringSize(json))
  }

  end(read: ReadUnderWay): void {
    this.readsUnderWay.delete(read)
  }

  /**
   * Removes what a clear of this process names, whether another process has removed its rows or the clear has failed.
   * To be called after the answer to its statement, and before its caller goes on.
   */
  cleared({ names, tags, everything }: Omit<Clear, "autoOnly">): void {
    if (everything) {
      this.empty()
      return
    }
    this.removeByNames(names)
    if (tags.length > 0) {
      this.lastClear++
      tags.forEach((tag) => this.clearedTags.set(hash(tag), this.lastClear))
    }
    if (this.clearedTags.size > MAX_CLEARED_TAGS) {
      this.clearedTags.clear()
      this.forgotten = this.lastClear
    }
  }

  /** Removes what this process has replaced, by the canonical names of keys. */
  removeByNames(names: readonly string[]): void {
    this.removeByKeys(names.map((name) => JSON.parse(name) as string))
  }

  /** Removes what a clear of this process has removed: a copy may be older than the tag by which it was cleared. */
  removeByKeys(keys: readonly string[]): void {
    for (const key of keys) {
      this.kept.delete(key)
      this.readsUnderWay.forEach((read) => read.keys.add(key))
    }
  }

  /** Removes what any process has announced. */
  removeIds(ids: readonly string[]): void {
    for (const id of ids) {
      const key = this.keys.get(id)
      if (key !== undefined) {
        this.kept.delete(key)
      }
      this.readsUnderWay.forEach((read) => read.ids.add(id))
    }
  }

  empty(): void {
    this.kept.clear()
    this.readsUnderWay.forEach((read) => (read.isVoid = true))
  }

  private isCleared(kept: Copy): boolean {
    const { tags, clearNumber } = kept
    if (clearNumber === this.lastClear) {
      return false
    }
    kept.clearNumber = this.lastClear
    return (
      clearNumber < this.forgotten ||
      tags.some((tag) => (this.clearedTags.get(tag) ?? 0) > clearNumber)
    )
  }

  private put(key: string, kept: Copy, bytes: number): void {
    const { id, tags } = kept
    const around = BYTES_AROUND + 2 * key.length + BYTES_PER_TAG * tags.length
    this.kept.set(key, kept, { size: bytes + around })
    // A copy that is larger than all the room is not kept.
    if (this.kept.has(key)) {
      this.keys.set(id, key)
    }
  }
}
