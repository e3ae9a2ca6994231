/** A removal that was asked for. */
export type Clear =
  | {
      readonly kind: "clear-tags"
      readonly tags: readonly string[]
      readonly automatic: boolean
    }
  | {
      readonly kind: "clear-key"
      readonly name: string
      readonly automatic: boolean
    }
  | { readonly kind: "clear-all" }

/** Of a size that one statement carries. */
const NAMES_A_CLEAR = 500
/** Beyond so many keys and tags everything is cleared instead: memory stays bounded, and nothing is lost. */
const MOST_NAMES = 10_000

/** The clears that could not be carried out yet, without repetitions. */
export class PendingClears {
  private everything = false
  private readonly tags = {
    automatic: new Set<string>(),
    all: new Set<string>(),
  }
  private readonly keys = {
    automatic: new Set<string>(),
    all: new Set<string>(),
  }

  /** Keys and tags; 1 for everything. */
  get size(): number {
    const { tags, keys } = this
    const names =
      tags.automatic.size + tags.all.size + keys.automatic.size + keys.all.size
    return this.everything ? 1 : names
  }

  add(clear: Clear): void {
    if (this.everything) {
      return
    }
    switch (clear.kind) {
      case "clear-all":
        return this.collapse()
      case "clear-tags": {
        const tags = clear.automatic ? this.tags.automatic : this.tags.all
        clear.tags.forEach((tag) => tags.add(tag))
        break
      }
      case "clear-key":
        ;(clear.automatic ? this.keys.automatic : this.keys.all).add(clear.name)
    }
    if (this.size > MOST_NAMES) {
      this.collapse()
    }
  }

  /** Takes out what one statement can carry; `undefined` when nothing is left. What fails is added again. */
  take(): Clear[] | undefined {
    if (this.everything) {
      this.everything = false
      return [{ kind: "clear-all" }]
    }
    for (const automatic of [true, false]) {
      const tags = takeFrom(automatic ? this.tags.automatic : this.tags.all)
      if (tags.length > 0) {
        return [{ kind: "clear-tags", tags, automatic }]
      }
      const names = takeFrom(automatic ? this.keys.automatic : this.keys.all)
      if (names.length > 0) {
        return names.map((name) => ({ kind: "clear-key", name, automatic }))
      }
    }
    return undefined
  }

  private collapse(): void {
    for (const { automatic, all } of [this.tags, this.keys]) {
      automatic.clear()
      all.clear()
    }
    this.everything = true
  }
}

function takeFrom(names: Set<string>): string[] {
  const taken: string[] = []
  for (const name of names) {
    if (taken.length === NAMES_A_CLEAR) {
      break
    }
    taken.push(name)
    names.delete(name)
  }
  return taken
}
