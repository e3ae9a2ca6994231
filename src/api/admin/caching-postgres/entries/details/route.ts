import { MedusaError } from "@medusajs/framework/utils"
import { readEntry } from "../../../../../inspect/entries"
import type { DetailsAnswer } from "../../../../answers"
import { answer, read } from "../../../../answering"
import { entryOf } from "../../../../entries"
import { showsValues } from "../../../../shop"

interface Body {
  readonly provider_id?: string
  readonly key: string
  readonly value: boolean
}

export const POST = answer<Body>(
  async (provider, { key, value }, req): Promise<DetailsAnswer> => {
    if (value && !showsValues(req.scope)) {
      throw new MedusaError(
        MedusaError.Types.NOT_ALLOWED,
        "Cached values are shown only with the plugin's option admin: { values: true }"
      )
    }
    const row = await read(provider, (database) => readEntry(database, key))
    if (!row) {
      const message = "There is no entry with this key"
      throw new MedusaError(MedusaError.Types.NOT_FOUND, message)
    }
    return {
      entry: {
        ...entryOf(row),
        tags: JSON.parse(row.tags) as string[],
        auto_invalidate: row.autoInvalidate,
        ...(value && { value: JSON.parse(row.data) as unknown }),
      },
    }
  }
)
