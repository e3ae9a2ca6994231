import { LRUCache } from "lru-cache"
import type { NearCacheSettings } from "../options"
import { ClearedTags, hashTags } from "./cleared-tags"
import { copy } from "./copy"
import { freeze } from "./freeze"
import { heapSize, stringSize } from "./heap-size"

/** Bytes of what surrounds a value: the places in the maps, and the key. */
const BYTES_AROUND = 400
/** Of a hash, in an array that may have grown beyond its need. */
const BYTES_A_TAG = 12

interface Kept {
  /** When the read began, by `performance.now()`. */
  readonly begun: number
  /** The id of the entry's row, which changes with every set. */
  readonly version: string
  /** By `performance.now()`. */
  readonly expiresAt: number
  /** Hashes of the entry's tags. */
  readonly tags: readonly number[]
  /** The number of the last clear that the tags were compared with: one before the read, or one that left the copy. */
  checked: number
  /** Until it is asked for: most entries are read once and not again before they are outdated. */
  readonly json?: string
  readonly value?: unknown
}

/** An entry as the table holds it. */
export interface ReadEntry {
  /** The id of its row. */
  readonly version: string
  readonly json: string
  /** A JSON array. */
  readonly tags: string
  /** That it has left to live. */
  readonly seconds: number
}

/** What a read may put into the near cache, unless it is invalidated while the read is under way. */
export class Fill {
  /** By `performance.now()`. */
  readonly begun = performance.now()
  /** Versions and keys that were removed since. */
  readonly versions = new Set<string>()
  readonly keys = new Set<string>()
  /** Something was removed, and it is not known what. */
  isVoid = false

  /** @param cleared the number of this process's last clear */
  constructor(readonly cleared: number) {}
}

/**
 * Copies of entries in this process's memory; the least recently used go when there is no room.
 *
 * Each is kept by the version at which it was read. A version never changes, it is only replaced or
 * removed, and whoever does so announces its number; so an announcement concerns exactly one copy, and
 * one that comes late hits nothing that is newer.
 */
export class Copies {
  private readonly kept: LRUCache<string, Kept>
  private readonly keys = new Map<string, string>()
  private readonly fills = new Set<Fill>()
  private readonly cleared = new ClearedTags()
  hits = 0

  constructor(private readonly settings: NearCacheSettings) {
    this.kept = new LRUCache({
      maxSize: settings.maxBytes,
      dispose: ({ version }, _, reason) => {
        if (reason !== "set") {
          this.keys.delete(version)
        }
      },
    })
  }

  get count(): number {
    return this.kept.size
  }

  /** About. */
  get bytes(): number {
    return this.kept.calculatedSize
  }

  /** @returns the caller's own copy, or the shared frozen one; `undefined` when there is none */
  get(key: string, now: number): unknown {
    const kept = this.kept.get(key)
    if (!kept) {
      return undefined
    }
    if (now >= kept.expiresAt || this.isCleared(kept)) {
      this.kept.delete(key)
      return undefined
    }
    try {
      const value =
        kept.json === undefined ? kept.value : this.keepParsed(key, kept)
      const own = this.settings.share ? value : copy(value)
      this.hits++
      return own
    } catch {
      // No JSON, or nested too deep to be copied or frozen: what the table gives is the answer, and its complaint.
      this.kept.delete(key)
      return undefined
    }
  }

  /** @returns the value as callers get it: with `share` frozen */
  parse(json: string): unknown {
    const value = JSON.parse(json) as unknown
    return this.settings.share ? freeze(value) : value
  }

  /** To be called before a read is sent, and ended with its answer. */
  begin(): Fill {
    const fill = new Fill(this.cleared.last)
    this.fills.add(fill)
    return fill
  }

  end(fill: Fill): void {
    this.fills.delete(fill)
  }

  keep(
    fill: Fill,
    key: string,
    { version, json, tags, seconds }: ReadEntry
  ): void {
    if (fill.isVoid || fill.versions.has(version) || fill.keys.has(key)) {
      return
    }
    const { begun } = fill
    if (begun < (this.kept.peek(key)?.begun ?? 0)) {
      return
    }
    const expiresAt = begun + Math.min(seconds, this.settings.ttl) * 1000
    const kept = {
      begun,
      version,
      expiresAt,
      tags: hashTags(tags),
      checked: fill.cleared,
      json,
    }
    this.put(key, kept, stringSize(json))
  }

  /** Removes what was read at these versions; reads that are under way do not bring it back. */
  removeVersions(versions: readonly string[]): void {
    for (const version of versions) {
      const key = this.keys.get(version)
      if (key !== undefined) {
        this.kept.delete(key)
      }
      this.fills.forEach((fill) => fill.versions.add(version))
    }
  }

  /** The same at any version. */
  removeKeys(keys: readonly string[]): void {
    for (const key of keys) {
      this.kept.delete(key)
      this.fills.forEach((fill) => fill.keys.add(key))
    }
  }

  /** Removes what has one of the tags, at its next get; reads that are under way do not bring it back. */
  removeTags(tags: readonly string[]): void {
    this.cleared.add(tags)
  }

  empty(): void {
    this.kept.clear()
    this.fills.forEach((fill) => (fill.isVoid = true))
  }

  /** A loop over all copies at every clear would take longer: most are never asked for again. */
  private isCleared(kept: Kept): boolean {
    const { last } = this.cleared
    if (kept.checked === last) {
      return false
    }
    const isCleared = this.cleared.hasAny(kept.tags, kept.checked)
    kept.checked = last
    return isCleared
  }

  private keepParsed(key: string, kept: Kept): unknown {
    const { begun, version, expiresAt, tags, checked } = kept
    const value = this.parse(kept.json!)
    const parsed = { begun, version, expiresAt, tags, checked, value }
    this.put(key, parsed, heapSize(value))
    return value
  }

  private put(key: string, kept: Kept, bytes: number): void {
    const before = this.kept.peek(key)
    if (before) {
      this.keys.delete(before.version)
    }
    this.keys.set(kept.version, key)
    // What is larger than everything is not kept, and told to `dispose`.
    const around =
      BYTES_AROUND + 2 * key.length + BYTES_A_TAG * kept.tags.length
    this.kept.set(key, kept, { size: bytes + around })
    if (!this.kept.has(key)) {
      this.keys.delete(kept.version)
    }
  }
}
