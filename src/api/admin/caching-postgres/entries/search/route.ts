import { keyOf } from "../../../../../inspect/entries"
import type { EntriesAnswer } from "../../../../answers"
import { answer, read } from "../../../../answering"
import { answerEntries } from "../../../../entries"

interface Body {
  readonly provider_id?: string
  readonly q?: string
  readonly tag?: string
  readonly limit: number
}

export const POST = answer<Body>(
  (provider, { q, tag = q!, limit }): Promise<EntriesAnswer> =>
    read(provider, async (database) => {
      if (q !== undefined) {
        const key = await keyOf(database, q)
        const found = await answerEntries(database, { key }, "newest", limit)
        if (found.count > 0) {
          return { ...found, found_by: "key" }
        }
      }
      const tags = [tag]
      const found = await answerEntries(database, { tags }, "newest", limit)
      return { ...found, found_by: "tag" }
    })
)
