import { type Row, uuidArray } from "../connection"
import { canonicalName } from "../encoding/canonical-name"
import { type Call, Lane } from "../gather"
import type { Context } from "./context"
import { MOST_WAITING_READS, STATEMENTS_A_READER } from "./reading"

/** A statement answers at most this many keys, so that one answer stays of a size to handle. */
const MOST_KEYS_A_STATEMENT = 64
/** Fewer calls than this are not worth a second statement. */
const WORTH_SHARING_OUT = 8

interface GetCall extends Call {
  readonly name: string
  /** The data as JSON, once it is there. */
  found?: string
}

/** Reads entries by key; reads that are made at the same time share a statement. */
export class GetByKey {
  private readonly lane: Lane<GetCall>

  /** @param patienceMillis how long a call may wait for its turn */
  constructor(
    private readonly context: Context,
    patienceMillis: number
  ) {
    this.lane = new Lane({
      width: context.pool.readerCount * STATEMENTS_A_READER,
      capacity: MOST_WAITING_READS,
      patienceMillis,
      // Callers answered together tend to ask again together; shared out, the server answers
      // some while this process reads the answers of the others.
      batchSize: ({ length }, free) =>
        length < WORTH_SHARING_OUT
          ? length
          : Math.min(Math.ceil(length / free), MOST_KEYS_A_STATEMENT),
      run: (batch) => this.run(batch),
    })
  }

  /** @returns the value, fresh for this caller, or `null` for a miss */
  async get(key: string): Promise<unknown> {
    const json = await new Promise<string | undefined>((resolve, reject) => {
      const call: GetCall = {
        name: canonicalName(key),
        resolve: () => resolve(call.found),
        reject,
      }
      this.lane.push(call)
    })
    return json === undefined ? null : (JSON.parse(json) as unknown)
  }

  private async run(batch: GetCall[]): Promise<void> {
    try {
      const waiting = byName(batch)
      const rows = await this.read([...waiting.keys()])
      for (const [name, data] of rows) {
        for (const call of waiting.get(name!) ?? []) {
          call.found = data!
        }
      }
      batch.forEach((call) => call.resolve())
    } catch (error) {
      batch.forEach((call) => call.reject(error as Error))
    }
  }

  private read(names: string[]): Promise<Row[]> {
    const { pool, statements, digests, namespace } = this.context
    const keys = names.map((name) => digests.key(name))
    return keys.length === 1
      ? pool.read(statements.getByKey, [namespace, keys[0]!])
      : pool.read(statements.getByKeys, [namespace, uuidArray(keys)])
  }
}

/** Calls by the key they ask for. */
function byName(calls: GetCall[]): Map<string, GetCall[]> {
  const grouped = new Map<string, GetCall[]>()
  for (const call of calls) {
    const same = grouped.get(call.name)
    if (same) {
      same.push(call)
    } else {
      grouped.set(call.name, [call])
    }
  }
  return grouped
}
