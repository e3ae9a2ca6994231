import type { CachePool } from "../connection"
import type { Statement } from "../sql"

/** Some milliseconds of work. */
const ROWS_A_RUN = 20_000

/**
 * Searches a table, some rows in each run, for ids that no entry has. A process leaves such orphans if it ends between
 * a change and its orphan cleanup.
 */
export class OrphanSearch {
  private lastId = "0"
  private found: string[] = []

  constructor(
    private readonly pool: Pick<CachePool, "maintain">,
    private readonly findOrphans: Statement
  ) {}

  /**
   * Searches on; after the end of the table it starts over.
   *
   * @returns orphans of the run before: a process that has not ended has removed its own by now
   */
  async run(): Promise<string[]> {
    const { found } = this
    const parameters = [this.lastId, ROWS_A_RUN]
    const [row] = await this.pool.maintain(this.findOrphans, parameters)
    this.lastId = row?.[0] ?? "0"
    this.found = (JSON.parse(row?.[1] ?? "[]") as number[]).map(String)
    return found
  }
}
