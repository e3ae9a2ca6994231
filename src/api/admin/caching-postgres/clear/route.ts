import { countEntries, type Selection } from "../../../../inspect/entries"
import type { ClearAnswer } from "../../../answers"
import { answer, read } from "../../../answering"

/** A clear is urgent, and the page has counted the entries already. */
const COUNTING_MS = 2_000

interface Body {
  readonly provider_id?: string
  readonly key?: string
  readonly tag?: string
  readonly all?: true
}

export const POST = answer<Body>(
  async (provider, { key, tag = "*" }): Promise<ClearAnswer> => {
    const selection: Selection = key === undefined ? { tags: [tag] } : { key }
    const counting = read(
      provider,
      (database) => countEntries(database, selection),
      COUNTING_MS
    )
    // A clear is carried out even if nobody can say yet of how many entries.
    const matched = await counting.catch(() => null)
    await provider.clear(selection)
    return { matched, pending: provider.status().pendingClears > 0 }
  }
)
