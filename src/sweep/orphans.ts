import type { Context } from "../operations/context"
import type { OrphanCleanup } from "../operations/orphan-cleanup"
import type { Statement } from "../sql"

/** Rows that one run looks at: some milliseconds of work. */
const ROWS_A_STRETCH = 20_000

/** A walk along a table whose rows refer to entries. */
interface Walk {
  readonly find: Statement
  /** How far it has come; it starts over at the end. */
  searchedTo: string
  /** What was without an entry in the last run. */
  found: string[]
}

/**
 * Searches tags and options, a stretch in each run, for ids that no entry has: what a process leaves
 * that dies between a change and tidying up after it.
 */
export class Orphans {
  private readonly walks: Walk[]

  constructor(
    private readonly context: Context,
    private readonly orphans: OrphanCleanup
  ) {
    const { findOrphanedTags, findOrphanedOptions } = context.statements
    this.walks = [findOrphanedTags, findOrphanedOptions].map((find) => ({
      find,
      searchedTo: "0",
      found: [],
    }))
  }

  /**
   * Removes those that were without an entry in the last run, too: another process may be tidying
   * up after itself this moment.
   *
   * @returns how many ids were given to the orphans
   */
  async remove(): Promise<number> {
    const orphans = [...new Set(this.walks.flatMap((walk) => walk.found))]
    this.orphans.removeOrphans(orphans)
    for (const walk of this.walks) {
      const [row] = await this.context.pool.maintain(walk.find, [
        walk.searchedTo,
        ROWS_A_STRETCH,
      ])
      walk.searchedTo = row?.[0] ?? "0"
      walk.found = (JSON.parse(row?.[1] ?? "[]") as number[]).map(String)
    }
    return orphans.length
  }
}
