import { LRUCache } from "lru-cache"
import type { NearCacheSettings } from "../options"
import { ClearedTags, hashTags } from "./cleared-tags"
import { copy, freeze } from "./copy"
import { heapSize, stringSize } from "./heap-size"

/** Of a copy without its value: the object, the places in maps. */
const BYTES_AROUND = 400
/** Of a hash, in an array that may have grown beyond its need. */
const BYTES_A_TAG = 12

/** An entry as a read found it. */
export interface ReadEntry {
  /** The id of the row, which changes with every set. */
  readonly version: string
  readonly json: string
  /** A JSON array. */
  readonly tags: string
  /** The TTL that is left. */
  readonly seconds: number
}

/** A read under way. What is removed meanwhile, it must not bring back. */
export interface Fill {
  /** By `performance.now()`. */
  readonly begun: number
  /** The number of the last clear by tag before the read began. */
  readonly cleared: number
  readonly versions: Set<string>
  readonly keys: Set<string>
  /** Whether everything was removed. */
  isVoid: boolean
}

interface Copy extends Pick<ReadEntry, "version"> {
  /** When the read began, by `performance.now()`. */
  readonly begun: number
  /** By `performance.now()`. */
  readonly expiresAt: number
  /** Hashes. */
  readonly tags: readonly number[]
  /** The number of the last clear by tag that this copy is known to have survived. */
  checked: number
  /** Parsed by the first get: most entries are outdated before a second read. */
  readonly json?: string
  readonly value?: unknown
}

/**
 * The copies of a near cache. When there is no room, the least recently used go.
 *
 * Each copy has the version at which it was read. A version never changes; it is only replaced or removed, which is
 * announced. So an announcement concerns exactly one copy, and a delayed one concerns no newer copy.
 */
export class Copies {
  private readonly kept: LRUCache<string, Copy>
  /** By version. */
  private readonly keys = new Map<string, string>()
  private readonly fills = new Set<Fill>()
  private readonly cleared = new ClearedTags()
  hits = 0

  constructor(private readonly settings: NearCacheSettings) {
    this.kept = new LRUCache({
      maxSize: settings.maxBytes,
      dispose: ({ version }) => this.keys.delete(version),
    })
  }

  get count(): number {
    return this.kept.size
  }

  /** Estimated. */
  get bytes(): number {
    return this.kept.calculatedSize
  }

  /** @returns a value of the caller's own, or the shared frozen one; `undefined` without a copy */
  get(key: string, now: number): unknown {
    const kept = this.kept.get(key)
    if (!kept) {
      return undefined
    }
    if (now < kept.expiresAt && !this.isCleared(kept)) {
      try {
        const value =
          kept.json === undefined ? kept.value : this.keepParsed(key, kept)
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

  /** @returns the value as callers get it: with `share` frozen */
  parse(json: string): unknown {
    const value = JSON.parse(json) as unknown
    return this.settings.share ? freeze(value) : value
  }

  /** To be called before a read is sent, and ended with its answer. */
  begin(): Fill {
    const fill: Fill = {
      begun: performance.now(),
      cleared: this.cleared.last,
      versions: new Set(),
      keys: new Set(),
      isVoid: false,
    }
    this.fills.add(fill)
    return fill
  }

  end(fill: Fill): void {
    this.fills.delete(fill)
  }

  keep(fill: Fill, key: string, entry: ReadEntry): void {
    const { version, json, tags, seconds } = entry
    const { begun, cleared } = fill
    const isRemoved =
      fill.isVoid || fill.versions.has(version) || fill.keys.has(key)
    const isOlder = begun < (this.kept.peek(key)?.begun ?? 0)
    if (isRemoved || isOlder) {
      return
    }
    const expiresAt = begun + Math.min(seconds, this.settings.ttl) * 1000
    const hashes = hashTags(tags)
    this.put(
      key,
      { version, begun, expiresAt, tags: hashes, checked: cleared, json },
      stringSize(json)
    )
  }

  /** Removes what was read at these versions. */
  removeVersions(versions: readonly string[]): void {
    for (const version of versions) {
      const key = this.keys.get(version)
      if (key !== undefined) {
        this.kept.delete(key)
      }
      this.fills.forEach((fill) => fill.versions.add(version))
    }
  }

  /** Removes these keys at any version. */
  removeKeys(keys: readonly string[]): void {
    for (const key of keys) {
      this.kept.delete(key)
      this.fills.forEach((fill) => fill.keys.add(key))
    }
  }

  /** Removes what has one of the tags, at its next get: a search through all copies would hold up every clear. */
  removeTags(tags: readonly string[]): void {
    this.cleared.add(tags)
  }

  empty(): void {
    this.kept.clear()
    this.fills.forEach((fill) => (fill.isVoid = true))
  }

  private isCleared(kept: Copy): boolean {
    const { last } = this.cleared
    if (kept.checked === last) {
      return false
    }
    const isCleared = this.cleared.hasAny(kept.tags, kept.checked)
    kept.checked = last
    return isCleared
  }

  private keepParsed(key: string, kept: Copy): unknown {
    const value = this.parse(kept.json!)
    this.put(key, { ...kept, json: undefined, value }, heapSize(value))
    return value
  }

  private put(key: string, kept: Copy, bytes: number): void {
    const { version, tags } = kept
    const around = BYTES_AROUND + 2 * key.length + BYTES_A_TAG * tags.length
    this.kept.set(key, kept, { size: bytes + around })
    // A copy that is larger than all the room is not kept.
    if (this.kept.has(key)) {
      this.keys.set(version, key)
    }
  }
}
