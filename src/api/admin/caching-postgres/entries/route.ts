import type { EntriesAnswer, Order } from "../../../answers"
import { answer, read } from "../../../answering"
import { answerEntries } from "../../../entries"

interface Params {
  readonly provider_id?: string
  readonly order: Order
  readonly limit: number
}

export const GET = answer<Params>(
  (provider, { order, limit }): Promise<EntriesAnswer> =>
    read(provider, (database) => answerEntries(database, {}, order, limit))
)
