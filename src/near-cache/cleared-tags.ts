import { hash } from "./hash"

/** Beyond this many hashes, about 0.5 MB, the log starts over. */
const MOST_HASHES = 10_000

/**
 * The log of the tags that this process has cleared. Clears are numbered, so that a copy knows which came after its
 * read. Tags are compared by 32-bit hashes: a collision costs a read of the table.
 */
export class ClearedTags {
  /** The number of the last clear. */
  last = 0
  /** Clears up to this number are forgotten. */
  private forgotten = 0
  /** The number of the last clear, by hash of the tag. */
  private readonly clears = new Map<number, number>()

  add(tags: readonly string[]): void {
    this.last++
    for (const tag of tags) {
      this.clears.set(hash(tag), this.last)
    }
    if (this.clears.size > MOST_HASHES) {
      this.clears.clear()
      this.forgotten = this.last
    }
  }

  /** @returns whether one of the tags was, or may have been, cleared after the clear of this number */
  hasAny(hashes: readonly number[], since: number): boolean {
    return (
      since < this.forgotten ||
      hashes.some((tag) => (this.clears.get(tag) ?? 0) > since)
    )
  }
}
