import { Client } from "@medusajs/framework/pg"
import { measureFor, type Operation } from "./operation"

/**
 * A connection like the provider's that answers an empty prepared statement: no get from PostgreSQL
 * can be faster.
 */
export const floor: Operation = async (context) => {
  const config = { connectionString: context.url, pipeline: true }
  const client = new Client(config)
  await client.connect()
  const empty = { name: "empty", text: "select", rowMode: "array" as const }
  try {
    return await measureFor(context, async () => {
      await client.query(empty)
    })
  } finally {
    await client.end()
  }
}

/** What of a get hit is reading the JSON alone. */
export const jsonParse: Operation = (context) => {
  const texts = context.items.map(({ data }) => JSON.stringify(data))
  return measureFor(context, (n) => {
    JSON.parse(texts[n % texts.length]!)
    return Promise.resolve()
  })
}
