import { Client } from "@medusajs/framework/pg"
import { migrate } from "../../integration-tests/support/provider/migrate"
import type { Cleanup } from "../cli/cleanup"
import { runMain } from "../cli/run-main"
import { LatencyHistogram } from "../measure/latency-histogram"
import { ratios } from "../measure/summary"
import { loadBuiltProvider } from "../providers/postgres"
import type { PostgresCachingProvider } from "../../src/services"
import { startDatabaseServer } from "../servers/postgres"

const ROUNDS = 5
const EXPIRED_A_ROUND = 200_000
const LIVE = 400
const QUIET_MS = 4_000
/** Between two gets, so that there is room for the sweep on a core, as in a shop. */
const PAUSE_MS = 2

/** Whether a get feels it when a million expired rows are swept: slices with the sweep and without, in turns. */
async function main(cleanup: Cleanup): Promise<void> {
  const server = await startDatabaseServer(() => {})
  cleanup.add(() => server.stop())
  const clientUrl = await server.createDatabase()
  await migrate("run", { clientUrl })
  const [reader, sweeper] = [1, 2].map(() => loadBuiltProvider(clientUrl))
  cleanup.add(() => Promise.all([reader!.close(), sweeper!.close()]))
  for (let n = 0; n < LIVE; n++) {
    await reader!.set({
      key: `live ${n}`,
      data: { n, text: "x".repeat(1_300) },
    })
  }
  const read = (n: number) => reader!.get({ key: `live ${n % LIVE}` })
  await measure(read, () => false)

  const quiet: LatencyHistogram[] = []
  const swept: LatencyHistogram[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    await addExpired(clientUrl)
    quiet.push(await measure(read, () => false))
    let expired = 0
    const sweeping = sweepAll(sweeper!).then((count) => (expired = count))
    swept.push(await measure(read, () => expired === 0))
    await sweeping
    console.log(`round ${round} of ${ROUNDS}: ${expired} entries swept`)
  }
  for (const share of [0.5, 0.99]) {
    const of = (slices: LatencyHistogram[]) =>
      slices.map((histogram) => histogram.quantile(share))
    const { median, min, max } = ratios(of(swept), of(quiet))
    const millis = (slices: LatencyHistogram[]) => {
      const all = LatencyHistogram.empty()
      slices.forEach((histogram) => all.add(histogram))
      return all.quantile(share).toFixed(3)
    }
    console.log(
      `get, p${share * 100}: ${millis(quiet)} ms without, ${millis(swept)} ms with the sweep; ratio ${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
    )
  }
}

/** What expired long ago, past the provider: it would take minutes. */
async function addExpired(connectionString: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(`
      with stored as (
        insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
        select -n, 'medusa', gen_random_uuid(), n, '[]', repeat(md5(n::text), 10), now() - interval '1 hour'
        from generate_series(1, ${EXPIRED_A_ROUND}) n
        returning id
      )
      insert into caching_postgres_entry_tag (id, tag_digest)
      select s.id, md5((s.id % 10000 + t)::text)::uuid from stored s, generate_series(1, 7) t`)
    await client.query("vacuum analyze")
  } finally {
    await client.end()
  }
}

/** A run of the sweep ends after a while, done or not. */
async function sweepAll(provider: PostgresCachingProvider): Promise<number> {
  let total = 0
  for (;;) {
    const { expired } = (await provider.sweep()) ?? { expired: 0 }
    total += expired
    if (expired === 0) {
      return total
    }
  }
}

/** Reads for a while, and as long as it is asked to. */
async function measure(
  read: (n: number) => Promise<unknown>,
  goesOn: () => boolean
): Promise<LatencyHistogram> {
  const latencies = LatencyHistogram.empty()
  const end = performance.now() + QUIET_MS
  for (let n = 0; goesOn() || performance.now() < end; n++) {
    const begun = performance.now()
    await read(n)
    latencies.record(performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return latencies
}

void runMain(main)
