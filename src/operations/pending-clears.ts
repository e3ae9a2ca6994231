import { type Clear, CLEAR_ALL } from "../types"

/** Of a size that one statement carries. */
const NAMES_PER_CLEAR = 500
/** Beyond so many keys and tags, or characters of theirs, everything is cleared instead: memory stays bounded. */
const MAX_NAMES = 100_000
const MAX_CHARACTERS = 16 * 1024 * 1024

/** First letter of a mark: key (k) or tag (t); capital if exempt entries are cleared, too. */
const KINDS = [
  { letter: "t", isTag: true, autoOnly: true },
  { letter: "k", isTag: false, autoOnly: true },
  { letter: "T", isTag: true, autoOnly: false },
  { letter: "K", isTag: false, autoOnly: false },
]

/**
 * The keys and tags of clears, each once. Names are only added. A read that holds the set can check it after its answer
 * arrives.
 */
class Names {
  everything = false
  private readonly marks = new Set<string>()
  private characters = 0

  /** How many keys and tags; 1 for everything. */
  get size(): number {
    return this.everything ? 1 : this.marks.size
  }

  add(clear: Clear): void {
    if (this.everything) {
      return
    }
    for (const mark of marksOf(clear)) {
      this.characters += this.marks.has(mark) ? 0 : mark.length
      this.marks.add(mark)
    }
    if (
      clear.everything ||
      this.size > MAX_NAMES ||
      this.characters > MAX_CHARACTERS
    ) {
      this.marks.clear()
      this.everything = true
    }
  }

  /** Whether one of them concerns an entry; an exempt one counts like any other. */
  concern(name: string, tags: readonly string[]): boolean {
    const { marks } = this
    return (
      this.everything ||
      (marks.size > 0 &&
        (marks.has(`k${name}`) ||
          marks.has(`K${name}`) ||
          tags.some((tag) => marks.has(`t${tag}`) || marks.has(`T${tag}`))))
    )
  }

  /** All of them, as clears that one statement each carries. */
  clears(): Clear[] {
    if (this.everything) {
      return [CLEAR_ALL]
    }
    const clears: Clear[] = []
    for (const { letter, isTag, autoOnly } of KINDS) {
      const marks = [...this.marks].filter((mark) => mark.startsWith(letter))
      while (marks.length > 0) {
        const some = marks
          .splice(0, NAMES_PER_CLEAR)
          .map((mark) => mark.slice(1))
        const [names, tags] = isTag ? [[], some] : [some, []]
        clears.push({ names, tags, everything: false, autoOnly })
      }
    }
    return clears
  }
}

function marksOf({ names, tags, autoOnly }: Clear): string[] {
  return [
    ...names.map((name) => (autoOnly ? "k" : "K") + name),
    ...tags.map((tag) => (autoOnly ? "t" : "T") + tag),
  ]
}

/** The clears that wait at some time between the beginning of a read and its answer. */
export interface Watch {
  /** @param tags of the entry as a JSON array; where they were not read, any clear that was added since counts */
  concerns(name: string, tags: string | null | undefined): boolean
}

/**
 * The clears that could not be carried out yet. Until they are, this process serves nothing that they concern:
 * reads compare the names and tags of what they find.
 */
export class PendingClears {
  /** Changes with every clear that is added. */
  private version = 0
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

  /**
   * To be called before a read is sent. The server may answer the read first and carry out a clear then, and this
   * process learn of the clear first: so what waits now counts until the answer is looked at.
   */
  watch(): Watch {
    const { version } = this
    const before = [this.waiting, this.underWay]
    return {
      concerns: (name, tags) => {
        if (typeof tags !== "string") {
          return this.version !== version
        }
        const all = [...before, this.waiting, this.underWay]
        if (all.every(({ size }) => size === 0)) {
          return false
        }
        const read = JSON.parse(tags) as string[]
        return all.some((names) => names.concern(name, read))
      },
    }
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
    const runs = names.clears().map(async (clear) => {
      try {
        await run(clear)
      } catch (error) {
        this.waiting.add(clear)
        throw error
      }
    })
    await Promise.allSettled(runs)
    this.underWay = new Names()
    await Promise.all(runs)
  }
}
