/**
 * Records what a real Medusa shop asks of its cache while it is browsed and its products change:
 * `npm run build && npx tsx benchmark/trace/record.ts`.
 */
import { readFileSync, truncateSync, writeFileSync } from "node:fs"
import path from "node:path"
import { gzipSync } from "node:zlib"
import { Cleanup } from "../../integration-tests/support/cleanup"
import { Random } from "../../integration-tests/support/random"
import { startPostgres } from "../../integration-tests/support/postgres"
import {
  CacheTables,
  createShopDatabase,
  createShopFolder,
  OWNER,
  startShop,
  type RunningShop,
} from "../../integration-tests/support/shop"
import { compile } from "../../integration-tests/support/shop/shop-folder"
import { TRACE_FILE, type TracedCall, type TraceLine } from "./format"
import { Owner } from "./owner"
import { ShopApi } from "./shop-api"
import { visit } from "./visitors"

/** Where the shop has it. */
const RECORDING_CACHE = "./src/modules/recording-cache"
const VISITS = 200
const VISITS_PER_CHANGE = 8

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function record(cleanup: Cleanup): Promise<string> {
  say("starting PostgreSQL")
  const server = await startPostgres()
  cleanup.add(() => server.stop())
  say("making a shop")
  const folder = await createShopFolder()
  cleanup.add(() => folder.remove())
  const database = await createShopDatabase(folder, server.url)
  cleanup.add(() => database.drop())

  await compile(
    path.join(__dirname, "recording-cache.ts"),
    path.join(folder.directory, RECORDING_CACHE, "index.ts")
  )
  const file = path.join(folder.directory, "recording.jsonl")
  const shop = await startShop(folder, {
    databaseUrl: database.url,
    env: { CACHE_PROVIDER: RECORDING_CACHE, CACHE_RECORDING: file },
  })
  cleanup.add(() => shop.stop())
  const browse = await open(shop)

  // The recording begins with an empty cache, as a replay does.
  const tables = await CacheTables.open(database.url)
  cleanup.add(() => tables.close())
  await tables.empty()
  truncateSync(file)
  await browse()
  return readFileSync(file, "utf8")
}

/** Brings the shop to where it can be browsed. */
async function open(shop: RunningShop): Promise<() => Promise<void>> {
  const admin = await shop.signIn(OWNER.email, OWNER.password)
  const api = new ShopApi(shop.url, { authorization: `Bearer ${admin.token}` })
  const { sales_channels } = await api.get<{
    sales_channels: { id: string; name: string }[]
  }>("/admin/sales-channels")
  const channel = sales_channels.find(({ name }) => name === "Web shop")!.id
  const { api_key } = await api.post<{
    api_key: { id: string; token: string }
  }>("/admin/api-keys", { title: "Storefront", type: "publishable" })
  await api.post(`/admin/api-keys/${api_key.id}/sales-channels`, {
    add: [channel],
  })
  const store = new ShopApi(shop.url, {
    "x-publishable-api-key": api_key.token,
  })
  const { regions } = await store.get<{ regions: { id: string }[] }>(
    "/store/regions"
  )

  const owner = new Owner(admin, api, channel)
  say("stocking the shop")
  await owner.stock()
  return () => browse(owner, store, regions[0]!.id)
}

async function browse(
  owner: Owner,
  store: ShopApi,
  region: string
): Promise<void> {
  say("browsing")
  const random = new Random(1)
  for (let visits = 1; visits <= VISITS; visits++) {
    await visit(store, region, random)
    if (visits % VISITS_PER_CHANGE === 0) {
      await owner.change(random, visits / VISITS_PER_CHANGE)
      say(`  ${visits} of ${VISITS} visits`)
    }
  }
}

/** Each value once, and calls that name it. */
function compact(recording: string): TraceLine[] {
  const numbers = new Map<string, number>()
  const lines: TraceLine[] = []
  for (const json of recording.split("\n").filter(Boolean)) {
    const traced = JSON.parse(json) as TracedCall
    if (traced.call !== "set") {
      lines.push(traced)
      continue
    }
    const { data, ...input } = traced.input
    const text = JSON.stringify(data)
    if (!numbers.has(text)) {
      numbers.set(text, numbers.size)
      lines.push({ value: data })
    }
    lines.push({ call: "set", input, value: numbers.get(text)! })
  }
  return lines
}

async function main(): Promise<void> {
  const cleanup = new Cleanup()
  process.once("SIGINT", () => void cleanup.run().then(() => process.exit(130)))
  try {
    const lines = compact(await record(cleanup))
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("")
    const zipped = gzipSync(text, { level: 9 })
    writeFileSync(TRACE_FILE, zipped)
    say(`${lines.length} lines, ${text.length} bytes, ${zipped.length} zipped`)
  } finally {
    await cleanup.run()
  }
}

void main().then(
  () => process.exit(0),
  (error: Error) => {
    say(error.stack ?? error.message)
    process.exit(1)
  }
)
