import { randomUUID } from "node:crypto"
import { Client } from "@medusajs/framework/pg"
import { tablesIn } from "../../src/sql"
import type { Slice } from "../measure/slice"
import { replayTrace } from "./trace"
import { measureFor, type Context, type Operation } from "./operation"

/**
 * A connection like the provider's that answers an empty prepared statement: no get from PostgreSQL
 * can be faster.
 */
export const floor: Operation = (context) =>
  withConnection(context, (client) => {
    const empty = { name: "empty", text: "select", rowMode: "array" as const }
    return measureFor(context, async () => {
      await client.query(empty)
    })
  })

/**
 * The same connection reading the items' JSON from a table of a number and a text: the least that any
 * cache in PostgreSQL has to do for a hit.
 */
export const lookup: Operation = (context) =>
  withConnection(context, async (client) => {
    const texts = context.items.map(({ data }) => JSON.stringify(data))
    await client.query(
      "create unlogged table lookup (key integer primary key, data text)"
    )
    try {
      await client.query(
        `insert into lookup
         select position - 1, data from unnest($1::text[]) with ordinality as t (data, position)`,
        [texts]
      )
      await client.query("vacuum (analyze) lookup")
      const one = {
        name: "lookup",
        text: "select data from lookup where key = $1",
        rowMode: "array" as const,
      }
      return await measureFor(context, async (n) => {
        const values = [n % texts.length]
        const { rows } = await client.query<[string]>({ ...one, values })
        JSON.parse(rows[0]![0])
      })
    } finally {
      await client.query("drop table lookup")
    }
  })

/** What of a get hit is reading the JSON alone. */
export const jsonParse: Operation = (context) => {
  const texts = context.items.map(({ data }) => JSON.stringify(data))
  return measureFor(context, (n) => {
    JSON.parse(texts[n % texts.length]!)
    return Promise.resolve()
  })
}

/** What a clear asks before it removes anything, without the invalidation record that a clear also writes. */
export const look: Operation = (context) => {
  const text = `select count(*) from ${tablesIn("public").tag} t where t.tag_digest = any($1::uuid[])`
  const statement = { name: "look", text, rowMode: "array" as const }
  return withConnection(context, (client) =>
    measureFor(context, async () => {
      const values = [[randomUUID(), randomUUID()]]
      await client.query({ ...statement, values })
    })
  )
}

/**
 * The trace on a table of a key and a text, for one process that alone uses it: the least that any cache in PostgreSQL
 * has to do. Which keys have a tag this process remembers, and a clear that finds none is an empty statement.
 */
export const traceFloor: Operation = (context) =>
  withConnection(context, async (client) => {
    await client.query(
      "create unlogged table trace_floor (key text primary key, data text)"
    )
    try {
      return await replayTrace(context, bareCache(client))
    } finally {
      await client.query("drop table trace_floor")
    }
  })

function bareCache(client: Client): Context["provider"]["cache"] {
  const query = <Row extends unknown[]>(
    name: string,
    text: string,
    values: unknown[] = []
  ) => client.query<Row>({ name, text, values, rowMode: "array" })
  const keysByTag = new Map<string, Set<string>>()
  return {
    async get({ key }) {
      const text = "select data from trace_floor where key = $1"
      const { rows } = await query<[string]>("get", text, [key])
      return rows[0] ? (JSON.parse(rows[0][0]) as object) : null
    },
    async set({ key, data, tags = [], options }) {
      // All clears of the trace spare entries that are not invalidated automatically.
      for (const tag of options?.autoInvalidate === false ? [] : tags) {
        keysByTag.set(tag, (keysByTag.get(tag) ?? new Set()).add(key))
      }
      const text = `insert into trace_floor values ($1, $2)
        on conflict (key) do update set data = excluded.data`
      await query("set", text, [key, JSON.stringify(data)])
    },
    async clear({ tags = [] }) {
      const keys = tags.flatMap((tag) => [...(keysByTag.get(tag) ?? [])])
      tags.forEach((tag) => keysByTag.delete(tag))
      await (keys.length > 0
        ? query("clear", "delete from trace_floor where key = any($1)", [keys])
        : query("empty", "select"))
    },
  }
}

async function withConnection(
  { url }: Context,
  measure: (client: Client) => Promise<Slice>
): Promise<Slice> {
  const config = { connectionString: url, pipeline: true }
  const client = new Client(config)
  await client.connect()
  try {
    return await measure(client)
  } finally {
    await client.end()
  }
}
