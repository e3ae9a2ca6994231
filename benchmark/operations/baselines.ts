import { randomUUID } from "node:crypto"
import { Client } from "@medusajs/framework/pg"
import { tablesIn } from "../../src/sql"
import type { Slice } from "../measure/slice"
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

/** What a clear asks before it removes anything, without the stamp that it makes at the same time. */
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
