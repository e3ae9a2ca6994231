/** What several servers cost, and what they carry. `npm run bench:servers` */
import type { Cleanup } from "../../integration-tests/support/cleanup"
import { OwnServer } from "../../integration-tests/support/faults/own-server"
import { builtProvider } from "../../integration-tests/support/provider/built-provider.cjs"
import { LONG_TIMEOUTS } from "../../integration-tests/support/provider/long-timeouts"
import {
  beginList,
  migratedDatabase,
  serversAt,
} from "../../integration-tests/support/provider/test-cache"
import { parse, runTool } from "../../integration-tests/support/run-tool"
import { table } from "../../src/cli/format"
import { messageOf } from "../../src/log"
import type { PostgresCachingProvider } from "../../src/services"
import { closedLoop } from "../measure/closed-loop"
import { median, ratios, type Spread } from "../measure/summary"
import { quietLogger } from "../../integration-tests/support/provider/quiet-logger"
import { ITEMS } from "../workloads/item"
import { makeItem } from "../workloads/synthetic"
import { holdToShare } from "./cpu-quota"

const USAGE = `usage: npm run bench:servers -- [--servers N] [--rounds N] [--millis N]

First the overhead: one server and N (default 3), which share this machine, take turns in each operation. Then what N
servers carry, each held to a part of a core by control groups (Linux, as root), beside the model N / ((1 - c) + c * N), c the
share of clears by tag.`

/** Of one core for each server, so that the servers are the bottleneck and not the process that calls. */
const SHARE_OF_CORE = 0.1
const BOUND_CALLERS = 512
const SHARES = [0, 0.1]

const items = Array.from({ length: ITEMS }, (_, n) => makeItem("page", n))
const item = (n: number) => items[n % ITEMS]!

type Call = (cache: PostgresCachingProvider, n: number) => Promise<unknown>

const OPERATIONS: Record<string, Call> = {
  "get, a hit": (cache, n) => cache.get({ key: item(n).key }),
  "get, a miss": (cache, n) => cache.get({ key: `missing-${n % ITEMS}` }),
  "get by tags": (cache, n) => cache.get({ tags: [item(n).ownTag] }),
  set: (cache, n) => cache.set(item(n)),
  "clear by key": (cache, n) => cache.clear({ key: item(n).key }),
  "clear by tag": (cache, n) => cache.clear({ tags: [item(n).ownTag] }),
}

const say = (line: string) => console.log(line)

/** A cache on databases, which may be of one server. */
async function openCache(
  servers: readonly OwnServer[],
  cleanup: Cleanup
): Promise<PostgresCachingProvider> {
  const databases = await Promise.all(
    servers.map(({ url }) => migratedDatabase(url))
  )
  const urls = databases.map(({ url }) => url)
  const options = {
    sweep: false,
    namespace: "bench",
    timeouts: LONG_TIMEOUTS,
  } as const
  if (urls.length > 1) {
    await beginList(urls, "bench")
  }
  const cache = builtProvider(
    urls[0]!,
    {
      ...options,
      ...(urls.length > 1 && { database: { servers: serversAt(urls) } }),
    },
    quietLogger
  )
  cleanup.add(() => cache.close())
  await fill(cache)
  return cache
}

async function fill(cache: PostgresCachingProvider): Promise<void> {
  await Promise.all(items.map((one) => cache.set(one)))
}

/** @returns operations a second */
async function rate(
  cache: PostgresCachingProvider,
  call: Call,
  concurrency: number,
  milliseconds: number
): Promise<number> {
  const slice = await closedLoop({
    concurrency,
    milliseconds,
    call: async (n) => void (await call(cache, n)),
  })
  return (slice.operations * 1_000) / slice.milliseconds
}

/** The ratio, and its spread. */
const columnsOf = ({ median, min, max }: Spread) => [
  median.toFixed(2),
  `${min.toFixed(2)} to ${max.toFixed(2)}`,
]

async function measureOverhead(
  caches: readonly [PostgresCachingProvider, PostgresCachingProvider],
  { rounds, millis, servers }: Given
): Promise<void> {
  const rows: string[][] = []
  for (const [name, call] of Object.entries(OPERATIONS)) {
    for (const concurrency of [1, 16]) {
      const rates: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds; round++) {
        for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
          const cache = caches[which]!
          await fill(cache)
          rates[which]!.push(await rate(cache, call, concurrency, millis))
        }
      }
      rows.push([
        name,
        String(concurrency),
        ...rates.map((ofOne) => median(ofOne).toFixed(0)),
        ...columnsOf(ratios(rates[1], rates[0])),
      ])
    }
  }
  const head = ["Operation", "Callers", "1 server", `${servers} servers`]
  const lines = table([...head, "Ratio", "Spread"], rows, [
    "left",
    "right",
    "right",
    "right",
    "right",
    "right",
  ])
  say(`\nOperations a second, medians of ${rounds} turns of ${millis} ms:\n`)
  say(lines.join("\n"))
}

/** @returns ends it, once the server has stopped */
async function holdBack(server: OwnServer): Promise<() => Promise<void>> {
  const [row] = await server.sql<{ pid: string }>(
    "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid"
  )
  return holdToShare(Number(row!.pid), SHARE_OF_CORE)
}

async function measureCapacity(
  caches: readonly [PostgresCachingProvider, PostgresCachingProvider],
  { rounds, millis, servers }: Given
): Promise<void> {
  const rows: string[][] = []
  for (const share of SHARES) {
    const call: Call = (cache, n) =>
      n % 100 < share * 100
        ? cache.clear({ tags: [item(n).ownTag] })
        : cache.set(item(n))
    const rates: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      for (const [which, cache] of caches.entries()) {
        await fill(cache)
        rates[which]!.push(await rate(cache, call, BOUND_CALLERS, 4 * millis))
      }
    }
    rows.push([
      share.toFixed(2),
      (servers / (1 - share + share * servers)).toFixed(2),
      ...columnsOf(ratios(rates[1], rates[0])),
    ])
  }
  say(
    `\nSets and clears of ${servers} servers, each held to ${SHARE_OF_CORE} of a core, against one that is held so:\n`
  )
  const head = ["Share of clears by tag", "Model", "Measured", "Spread"]
  say(table(head, rows, ["left", "right", "right", "right"]).join("\n"))
}

interface Given {
  readonly servers: number
  readonly rounds: number
  readonly millis: number
}

async function main(args: string[], cleanup: Cleanup): Promise<number> {
  const values = parse(args, {
    help: { type: "boolean", short: "h" },
    servers: { type: "string", default: "3" },
    rounds: { type: "string", default: "7" },
    millis: { type: "string", default: "500" },
  })
  if (values.help) {
    say(USAGE)
    return 0
  }
  const given: Given = {
    servers: Number(values.servers),
    rounds: Number(values.rounds),
    millis: Number(values.millis),
  }
  const releases: (() => Promise<void>)[] = []
  // Once the servers have stopped.
  cleanup.add(() => Promise.all(releases.map((release) => release())))
  const servers: OwnServer[] = []
  for (let number = 0; number <= given.servers; number++) {
    const server = await OwnServer.start()
    servers.push(server)
    cleanup.add(() => server.close())
  }
  const [first, ...others] = servers
  const caches = [
    await openCache([first!], cleanup),
    await openCache(others, cleanup),
  ] as const
  await measureOverhead(caches, given)
  try {
    for (const server of servers) {
      releases.push(await holdBack(server))
    }
  } catch (error) {
    say(`\nNot measured is what they carry: ${messageOf(error)}`)
    return 0
  }
  await measureCapacity(caches, given)
  return 0
}

runTool(main, USAGE)
