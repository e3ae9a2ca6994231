import type { Clear } from "../types"

/** Of a size that one statement carries. */
const NAMES_A_CLEAR = 500
/** Beyond so many keys and tags, or characters of theirs, everything is cleared instead: memory stays bounded. */
const MOST_NAMES = 100_000
const MOST_CHARACTERS = 16 * 1024 * 1024

/** Keys and tags, by whether entries set with `autoInvalidate: false` are left alone. */
class Names {
  everything = false
  private readonly auto = { names: new Set<string>(), tags: new Set<string>() }
  private readonly all = { names: new Set<string>(), tags: new Set<string>() }
  private characters = 0

  /** How many keys and tags; 1 for everything. */
  get size(): number {
    const { auto, all } = this
    const names =
      auto.names.size + auto.tags.size + all.names.size + all.tags.size
    return this.everything ? 1 : names
  }

  add({ names, tags, everything, autoOnly }: Clear): void {
    if (this.everything) {
      return
    }
    const group = autoOnly ? this.auto : this.all
    names.forEach((name) => this.addTo(group.names, name))
    tags.forEach((tag) => this.addTo(group.tags, tag))
    if (
      everything ||
      this.size > MOST_NAMES ||
      this.characters > MOST_CHARACTERS
    ) {
      this.delete({ ...this.all, autoOnly: false })
      this.delete({ ...this.auto, autoOnly: true })
      this.everything = true
    }
  }

  delete({
    names,
    tags,
    autoOnly,
  }: {
    names: Iterable<string>
    tags: Iterable<string>
    autoOnly: boolean
  }): void {
    const group = autoOnly ? this.auto : this.all
    for (const name of names) {
      group.names.delete(name)
    }
    for (const tag of tags) {
      group.tags.delete(tag)
    }
  }

  /** Whether one of them concerns an entry; one with `autoInvalidate: false` counts like any other. */
  concern(name: string, tags: readonly string[]): boolean {
    const { auto, all } = this
    return (
      this.everything ||
      auto.names.has(name) ||
      all.names.has(name) ||
      (auto.tags.size + all.tags.size > 0 &&
        tags.some((tag) => auto.tags.has(tag) || all.tags.has(tag)))
    )
  }

  /** All of them, as clears that one statement each carries. */
  *clears(): Generator<Clear> {
    if (this.everything) {
      yield { names: [], tags: [], everything: true, autoOnly: false }
      return
    }
    for (const autoOnly of [true, false]) {
      const group = autoOnly ? this.auto : this.all
      const common = { everything: false, autoOnly }
      for (const tags of chunks(group.tags)) {
        yield { ...common, names: [], tags }
      }
      for (const names of chunks(group.names)) {
        yield { ...common, names, tags: [] }
      }
    }
  }

  private addTo(names: Set<string>, name: string): void {
    if (!names.has(name)) {
      names.add(name)
      this.characters += name.length
    }
  }
}

/**
 * The clears that could not be carried out yet. Until they are, this process serves nothing that they concern:
 * reads compare the names and tags of what they find.
 */
export class PendingClears {
  /** Changes with every clear that is added. */
  version = 0
  private waiting = new Names()
  private underWay = new Names()

  /** How many keys and tags; 1 for everything. */
  get size(): number {
    return this.waiting.size + this.underWay.size
  }

  add(clear: Clear): void {
    this.version++
    this.waiting.add(clear)
  }

  /** @param tags of the entry */
  concern(name: string, tags: readonly string[]): boolean {
    return this.waiting.concern(name, tags) || this.underWay.concern(name, tags)
  }

  /**
   * Carries out what waits when it is called. All clears are handed over before the first is awaited, so that what is
   * written afterwards comes after them.
   *
   * @throws the first failure; what has failed waits again
   */
  async carryOut(run: (clear: Clear) => Promise<void>): Promise<void> {
    const names = this.waiting
    this.waiting = new Names()
    this.underWay = names
    const failures: unknown[] = []
    await Promise.all(
      [...names.clears()].map(async (clear) => {
        try {
          await run(clear)
        } catch (error) {
          failures.push(error)
          this.waiting.add(clear)
        }
        if (clear.everything) {
          names.everything = false
        } else {
          names.delete(clear)
        }
      })
    )
    if (failures.length > 0) {
      throw failures[0]
    }
  }
}

function* chunks(names: Iterable<string>): Generator<string[]> {
  let chunk: string[] = []
  for (const name of names) {
    chunk.push(name)
    if (chunk.length === NAMES_A_CLEAR) {
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) {
    yield chunk
  }
}
