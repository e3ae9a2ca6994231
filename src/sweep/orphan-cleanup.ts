import { setTimeout as sleep } from "node:timers/promises"
import { int8Array } from "../connection"
import type { Statement } from "../sql"
import type { MaintenanceDeps } from "./background-work"

/** With 100 tags for each id some 20 ms of work. */
const IDS_PER_STATEMENT = 100
/** Beyond this many waiting ids the rest is left to the search. */
const MAX_WAITING_IDS = 200_000
/** No caller waits for the cleanup, so it lets ids gather instead of following every single set. */
const GATHERING_MS = 20
/** Some milliseconds of work. */
const ROWS_PER_SEARCH = 20_000

interface Search {
  readonly statement: Statement
  lastId: string
  found: string[]
}

/**
 * Removes orphans in the background: the tags and options of entries that were replaced or cleared. No read finds
 * them, so no caller needs to wait for their removal.
 */
export class OrphanCleanup {
  private waiting: string[] = []
  private running?: Promise<void>
  private readonly searches: readonly Search[]

  constructor(private readonly deps: MaintenanceDeps) {
    const { findOrphanedTags, findOrphanedOptions } = deps.statements
    this.searches = [findOrphanedTags, findOrphanedOptions].map(
      (statement) => ({ statement, lastId: "0", found: [] })
    )
  }

  /** @param ids ids that no entry has any more */
  removeOrphans(ids: readonly string[]): void {
    if (ids.length === 0 || this.waiting.length > MAX_WAITING_IDS) {
      return
    }
    this.waiting = this.waiting.concat(ids)
    this.running ??= this.run().finally(() => (this.running = undefined))
  }

  /**
   * Removes orphans that a process left since it ended between a change and its cleanup. Searches some rows of the
   * tables in each run; after the end of a table it starts over.
   *
   * @returns how many the run before found: a process that has not ended has removed its own by now
   */
  async search(): Promise<number> {
    const orphans = new Set<string>()
    for (const search of this.searches) {
      search.found.forEach((id) => orphans.add(id))
      const parameters = [search.lastId, ROWS_PER_SEARCH]
      const [row] = await this.deps.pool.maintain(search.statement, parameters)
      search.lastId = row?.[0] ?? "0"
      search.found = (JSON.parse(row?.[1] ?? "[]") as number[]).map(String)
    }
    this.removeOrphans([...orphans])
    return orphans.size
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    await this.running
  }

  private async run(): Promise<void> {
    const { pool, statements, readBreaker } = this.deps
    while (this.waiting.length > 0) {
      if (this.waiting.length < IDS_PER_STATEMENT) {
        await sleep(GATHERING_MS)
      }
      const ids = int8Array(this.waiting.splice(0, IDS_PER_STATEMENT))
      try {
        await pool.maintain(statements.removeOrphans, [ids])
      } catch (error) {
        const what = "removing orphans failed and is left to the sweep"
        await readBreaker.failed(what, error)
      }
    }
  }
}
