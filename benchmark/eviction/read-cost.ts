import { Client } from "@medusajs/framework/pg"
import { closedLoop } from "../measure/closed-loop"
import { median, ratios, type Spread } from "../measure/summary"

const ENTRIES = 2_000
const ROUNDS = 7
const SLICE_MS = 400

export interface ReadCost {
  readonly what: string
  readonly microseconds: number
  readonly ratio: Spread
}

/**
 * What a policy asks of a read: nothing (FIFO), the first read of an entry noted (second chance), or each of them
 * (LRU), on a table like the provider's, in turns. One at a time, as a note cannot be put off without
 * being forgotten when the process ends.
 */
export async function readCosts(clientUrl: string): Promise<ReadCost[]> {
  const client = new Client({ connectionString: clientUrl })
  await client.connect()
  try {
    return await measure(client)
  } finally {
    await client.end()
  }
}

async function measure(client: Client): Promise<ReadCost[]> {
  await client.query(`
    create unlogged table noted (key int primary key, data text, read_at timestamptz);
    insert into noted select n, repeat(md5(n::text), 40), now() from generate_series(0, ${ENTRIES - 1}) n;
    create index on noted (read_at);
    create unlogged table visited (key int primary key)`)
  await client.query("vacuum analyze")

  const read = (key: number) =>
    client.query({
      name: "read",
      text: "select data from noted where key = $1",
      values: [key],
    })
  const cases: Record<string, (key: number) => Promise<unknown>> = {
    "FIFO: reads only": read,
    "second chance: notes the first read": (key) =>
      client.query({
        name: "visit",
        text: `with visit as (insert into visited values ($1) on conflict do nothing)
          select data from noted where key = $1`,
        values: [key],
      }),
    "LRU: notes every read": (key) =>
      client.query({
        name: "note",
        text: "update noted set read_at = clock_timestamp() where key = $1 returning data",
        values: [key],
      }),
  }
  const rates = Object.keys(cases).map(() => [] as number[])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, call] of Object.values(cases).entries()) {
      const slice = await closedLoop({
        concurrency: 1,
        milliseconds: SLICE_MS,
        call: async (n) => {
          await call((n * 7) % ENTRIES)
        },
      })
      rates[index]!.push((slice.operations / slice.milliseconds) * 1000)
    }
  }
  return Object.keys(cases).map((what, index) => ({
    what,
    microseconds: 1e6 / median(rates[index]!),
    ratio: ratios(rates[index]!, rates[0]!),
  }))
}
