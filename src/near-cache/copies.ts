import { LRUCache } from "lru-cache"
import type { NearCacheSettings } from "../options"
import { copy } from "./copy"
import { freeze } from "./freeze"
import { heapSize } from "./heap-size"

/** Bytes of what surrounds a value: the places in the maps, and the key. */
const BYTES_AROUND = 400

interface Kept {
  /** When the read began, by `performance.now()`. */
  readonly begun: number
  /** The id of the entry's row, which changes with every set. */
  readonly version: string
  /** By `performance.now()`. */
  readonly expiresAt: number
  /** Until it is asked for: most entries are read once and not again before they are outdated. */
  readonly json?: string
  readonly value?: unknown
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
    if (now >= kept.expiresAt) {
      this.kept.delete(key)
      return undefined
    }
    try {
      const value = kept.json === undefined ? kept.value : this.parse(key, kept)
      const own = this.settings.share ? value : copy(value)
      this.hits++
      return own
    } catch {
      // No JSON, or nested too deep to be copied or frozen: what the table gives is the answer, and its complaint.
      this.kept.delete(key)
      return undefined
    }
  }

  /** To be called before a read is sent, and ended with its answer. */
  begin(): Fill {
    const fill = new Fill()
    this.fills.add(fill)
    return fill
  }

  end(fill: Fill): void {
    this.fills.delete(fill)
  }

  /** @param seconds that the entry has left to live */
  keep(
    fill: Fill,
    key: string,
    {
      version,
      json,
      seconds,
    }: { version: string; json: string; seconds: number }
  ): void {
    if (fill.isVoid || fill.versions.has(version) || fill.keys.has(key)) {
      return
    }
    const { begun } = fill
    if (begun < (this.kept.peek(key)?.begun ?? 0)) {
      return
    }
    const expiresAt = begun + Math.min(seconds, this.settings.ttl) * 1000
    this.put(key, { begun, version, expiresAt, json }, 2 * json.length)
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

  empty(): void {
    this.kept.clear()
    this.fills.forEach((fill) => (fill.isVoid = true))
  }

  private parse(key: string, { json, ...kept }: Kept): unknown {
    const parsed = JSON.parse(json!) as unknown
    const value = this.settings.share ? freeze(parsed) : parsed
    this.put(key, { ...kept, value }, heapSize(value))
    return value
  }

  private put(key: string, kept: Kept, bytes: number): void {
    const before = this.kept.peek(key)
    if (before) {
      this.keys.delete(before.version)
    }
    this.keys.set(kept.version, key)
    // What is larger than everything is not kept, and told to `dispose`.
    this.kept.set(key, kept, { size: bytes + 2 * key.length + BYTES_AROUND })
    if (!this.kept.has(key)) {
      this.keys.delete(kept.version)
    }
  }
}
