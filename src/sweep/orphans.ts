import type { Context } from "../operations/context"
import type { Tidier } from "../operations/tidy"

/** Tags that one run looks at: some milliseconds of work. */
const TAGS_A_STRETCH = 20_000

/**
 * Searches the tags, a stretch in each run, for ids that no entry has: what a process leaves that dies
 * between a change and tidying up after it.
 */
export class Orphans {
  /** How far the search has come; it starts over at the end. */
  private searchedTo = "0"
  private found: string[] = []

  constructor(
    private readonly context: Context,
    private readonly tidier: Tidier
  ) {}

  /**
   * Removes those that were without an entry in the last run, too: another process may be tidying
   * up after itself this moment.
   *
   * @returns how many ids were given to the tidier
   */
  async remove(): Promise<number> {
    const orphans = this.found
    this.tidier.tidyUpAfter(orphans)
    const { pool, statements } = this.context
    const [row] = await pool.maintain(statements.findOrphans, [
      this.searchedTo,
      TAGS_A_STRETCH,
    ])
    this.searchedTo = row?.[0] ?? "0"
    this.found = (JSON.parse(row?.[1] ?? "[]") as number[]).map(String)
    return orphans.length
  }
}
