/**
 * What a visitor feels: requests a second, and how long one takes, of a cached route of a real shop over HTTP. The same
 * shop without a cache, with Redis, and with this package with and without a near cache take turns.
 */
import { Agent, get } from "node:http"
import type { Cleanup } from "../integration-tests/support/cleanup"
import {
  createShopDatabase,
  createShopFolder,
  type RunningShop,
  startShop,
} from "../integration-tests/support/shop"
import { startPostgres } from "../integration-tests/support/postgres"
import { parse, runTool } from "../integration-tests/support/run-tool"
import { table } from "../src/cli/format"
import { readRounds } from "./cli/arguments"
import { closedLoop } from "./measure/closed-loop"
import { inARow, type Slice, roundOf } from "./measure/slice"
import { ratios } from "./measure/summary"
import { describeEnvironment, environmentAsText } from "./report/environment"
import { milliseconds, speed, spread } from "./report/numbers"
import {
  type RedisServer,
  startRedis,
} from "../integration-tests/support/redis/redis"

const USAGE = `usage: npm run bench:visitor -- [--rounds N]

Requests of a cached list and of a cached product page of a real Medusa shop, 1 and 32 at once. Takes some four minutes.

  --rounds N   how often the shops take turns (default 5)

REDIS_URL names a Redis to use instead of starting one.`

const SLICE_MS = 1_500
const CONCURRENCIES = [1, 32]

interface Contender {
  readonly name: string
  readonly env?: Record<string, string>
  readonly cacheOptions?: Record<string, unknown>
}

const contendersWith = (redis: RedisServer | undefined): Contender[] => [
  { name: "no cache", env: { SHOP_CACHING: "off" } },
  ...(redis
    ? [
        {
          name: "redis",
          env: { CACHE_PROVIDER: "@medusajs/caching-redis" },
          cacheOptions: { redisUrl: redis.url, prefix: "visitor:" },
        },
      ]
    : []),
  { name: "postgres" },
  {
    name: "postgres, near cache",
    cacheOptions: { namespace: "near", nearCache: true },
  },
]

async function main(given: string[], cleanup: Cleanup): Promise<number> {
  const values = parse(given, {
    help: { type: "boolean", short: "h", default: false },
    rounds: { type: "string", default: "5" },
  })
  if (values.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const server = await startPostgres()
  cleanup.add(() => server.stop())
  const redis = await startRedis()
  cleanup.add(() => redis?.stop() ?? Promise.resolve())
  const folder = await createShopFolder()
  cleanup.add(() => folder.remove())
  const database = await createShopDatabase(folder, server.url)
  cleanup.add(() => database.drop())

  const shops = new Map<string, RunningShop>()
  for (const { name, ...options } of contendersWith(redis)) {
    process.stderr.write(`starting the shop with ${name}\n`)
    const shop = await startShop(folder, {
      databaseUrl: database.url,
      ...options,
    })
    cleanup.add(() => shop.stop())
    shops.set(name, shop)
  }
  const [{ id } = { id: "" }] = await [...shops.values()][0]!.listProducts()
  const results: string[][] = []
  for (const path of ["/cached/products", `/cached/products/${id}`]) {
    for (const concurrency of CONCURRENCIES) {
      const rounds = readRounds(values.rounds)
      const slices = await measure(shops, path, concurrency, rounds)
      results.push(...rowsOf(path.replace(id, "[id]"), concurrency, slices))
    }
  }
  const environment = await describeEnvironment(database.url, redis?.version)
  process.stdout.write(
    `${environmentAsText(environment)}\n\n${asTable(results)}\n`
  )
  return 0
}

/** @returns the slices of each shop, which took turns in another order in each round */
async function measure(
  shops: ReadonlyMap<string, RunningShop>,
  path: string,
  concurrency: number,
  rounds: number
): Promise<Map<string, Slice[]>> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const slices = new Map<string, Slice[]>()
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const names = [...shops.keys()]
    const order = round % 2 ? names : names.toReversed()
    for (const name of order) {
      const url = shops.get(name)!.url + path
      const slice = await closedLoop({
        concurrency,
        milliseconds: SLICE_MS,
        call: () => request(url, agent),
      })
      if (round > 0) {
        slices.set(name, [...(slices.get(name) ?? []), slice])
      }
    }
  }
  agent.destroy()
  return slices
}

function request(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume()
      response.on("error", reject)
      response.on("end", () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`${url} answered ${response.statusCode}`))
      )
    }).on("error", reject)
  })
}

function rowsOf(
  path: string,
  concurrency: number,
  all: ReadonlyMap<string, Slice[]>
): string[][] {
  const speedsOf = (slices: Slice[]) =>
    slices.map((slice) => roundOf([[slice]]).opsPerSecond)
  const base = all.get("redis") ?? all.get("no cache")!
  return [...all].map(([name, slices]) => {
    const { opsPerSecond, latencies } = roundOf([[inARow(slices)]])
    return [
      path,
      String(concurrency),
      name,
      speed(opsPerSecond),
      milliseconds(latencies.quantile(0.5)),
      milliseconds(latencies.quantile(0.99)),
      spread(ratios(speedsOf(slices), speedsOf(base))),
    ]
  })
}

function asTable(rows: string[][]): string {
  const head = ["route", "at once", "cache", "requests/s", "p50 ms", "p99 ms"]
  return table([...head, "ratio to Redis: median (min–max)"], rows, [
    "left",
    "right",
    "left",
    "right",
    "right",
    "right",
    "left",
  ]).join("\n")
}

runTool(main, USAGE)
