/** Beyond this many hashes, about 0.5 MB, the log starts over. */
const MOST_HASHES = 10_000
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** 32-bit FNV-1a. */
const FNV_BASIS = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/**
 * The log of the tags that this process has cleared. It numbers clears instead of taking the time, so that a copy can
 * tell which came after its read. Tags are compared by 32-bit hashes: a collision costs a read of the table.
 */
export class ClearedTags {
  /** The number of the last clear. */
  last = 0
  /** The log knows nothing of clears up to this number. */
  private floor = 0
  /** The number of the last clear, by hash of the tag. */
  private readonly clears = new Map<number, number>()

  add(tags: readonly string[]): void {
    this.last++
    for (const hash of hashTags(JSON.stringify(tags))) {
      this.clears.set(hash, this.last)
    }
    if (this.clears.size > MOST_HASHES) {
      this.clears.clear()
      this.floor = this.last
    }
  }

  /** @returns whether one of the tags was, or may have been, cleared after the clear of this number */
  hasAny(hashes: readonly number[], since: number): boolean {
    return (
      since < this.floor ||
      hashes.some((hash) => (this.clears.get(hash) ?? 0) > since)
    )
  }
}

/**
 * Hashes each tag in a JSON array of strings. It reads the text as it comes from the table, since parsing it would
 * cost more than hashing it. Equal tags have equal texts: `set` writes them with JSON.stringify.
 */
export function hashTags(json: string): number[] {
  const hashes: number[] = []
  let hash = FNV_BASIS
  let isInside = false
  for (let index = 0; index < json.length; index++) {
    let code = json.charCodeAt(index)
    if (code === QUOTE) {
      if (isInside) {
        hashes.push(hash)
      }
      hash = FNV_BASIS
      isInside = !isInside
      continue
    }
    if (code === BACKSLASH) {
      // Also skips an escaped quote.
      code = json.charCodeAt(++index) << 8
    }
    hash = Math.imul(hash ^ code, FNV_PRIME)
  }
  return hashes
}
