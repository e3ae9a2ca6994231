/** What adding up minutes costs a get. `npm run bench:minutes` */
import type { Cleanup } from "../integration-tests/support/cleanup"
import { OwnServer } from "../integration-tests/support/faults/own-server"
import { migratedDatabase } from "../integration-tests/support/provider/test-cache"
import { table } from "../src/cli/format"
import type { MinuteReports } from "../src/minute-reports"
import type { Metrics } from "../src/telemetry"
import { parse } from "./cli/arguments"
import { runTool } from "./cli/run-tool"
import { closedLoop } from "./measure/closed-loop"
import { median, ratios } from "./measure/summary"
import { startPostgresProvider } from "./providers/postgres"
import type { ProviderUnderTest } from "./providers/provider-under-test"
import { ITEMS } from "./workloads/item"
import { makeItem } from "./workloads/synthetic"

const USAGE = `usage: npm run bench:minutes -- [--rounds N] [--millis N]

Gets of a provider that counts and reports, and of one that does neither, in N turns (default 21) of so many
milliseconds (default 1000). Each turn has one report in it, where a shop has one a minute: so the ratio shows more
than what a shop pays.`

const CASES = [
  { name: "get, a hit", nearCache: false, concurrency: 1 },
  { name: "get, a hit", nearCache: false, concurrency: 32 },
  { name: "get, near cache", nearCache: true, concurrency: 1 },
]
const items = Array.from({ length: ITEMS }, (_, n) => makeItem("page", n))
const keyAt = (n: number) => items[n % ITEMS]!.key

/** What of the provider's inside this works with. */
interface Inside {
  readonly engine: {
    readonly parts: {
      readonly reports: MinuteReports
      readonly metrics: Metrics
    }
  }
}

interface Contender {
  readonly provider: ProviderUnderTest
  /** Adds to the table what was counted. */
  readonly report: () => Promise<void>
}

async function start(
  url: string,
  nearCache: boolean,
  counts: boolean,
  cleanup: Cleanup
): Promise<Contender> {
  const provider = await startPostgresProvider(url, { nearCache })
  cleanup.add(() => provider.close())
  const { reports, metrics } = (provider.cache as unknown as Inside).engine
    .parts
  if (!counts) {
    reports.stop()
    Object.assign(metrics, { count() {} })
  }
  await provider.near?.listens()
  return {
    provider,
    report: counts ? () => reports.report() : () => Promise.resolve(),
  }
}

/** @returns gets a second */
async function turn(
  { provider, report }: Contender,
  concurrency: number,
  milliseconds: number
): Promise<number> {
  const call = async (n: number) => {
    if (!(await provider.cache.get({ key: keyAt(n) }))) {
      throw new Error(`get: no value of ${keyAt(n)}`)
    }
  }
  // Has a near cache hold what is read.
  const warm = { concurrency, milliseconds: 0, atLeast: 2 * ITEMS, call }
  await closedLoop(warm)
  const reporting = report()
  const { operations, milliseconds: took } = await closedLoop({
    concurrency,
    milliseconds,
    call,
  })
  await reporting
  return (operations * 1_000) / took
}

async function main(args: string[], cleanup: Cleanup): Promise<number> {
  const values = parse(args, {
    help: { type: "boolean", short: "h" },
    rounds: { type: "string", default: "21" },
    millis: { type: "string", default: "1000" },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const [rounds, millis] = [Number(values.rounds), Number(values.millis)]
  const server = await OwnServer.start()
  cleanup.add(() => server.close())
  const rows: string[][] = []
  for (const { name, nearCache, concurrency } of CASES) {
    const { url } = await migratedDatabase(server.url)
    const counting = await start(url, nearCache, true, cleanup)
    const silent = await start(url, nearCache, false, cleanup)
    const { cache } = counting.provider
    await Promise.all(items.map((item) => cache.set(item)))
    await counting.provider.settle()
    const rates = { counting: [] as number[], silent: [] as number[] }
    const take = async (which: keyof typeof rates) => {
      const contender = which === "counting" ? counting : silent
      rates[which].push(await turn(contender, concurrency, millis))
    }
    // Has everybody's code compiled.
    await turn(counting, concurrency, millis)
    await turn(silent, concurrency, millis)
    for (let round = 0; round < rounds; round++) {
      const order = ["counting", "silent"] as const
      for (const which of round % 2 === 0 ? order : [...order].reverse()) {
        await take(which)
      }
    }
    const ratio = ratios(rates.counting, rates.silent)
    rows.push([
      name,
      String(concurrency),
      median(rates.silent).toFixed(0),
      median(rates.counting).toFixed(0),
      ratio.median.toFixed(3),
      `${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)}`,
    ])
  }
  const head = ["Operation", "Callers", "Without", "With", "Ratio", "Spread"]
  const right = "right" as const
  console.log(
    `Gets a second without and with minutes, medians of ${rounds} turns of ${millis} ms:\n`
  )
  console.log(
    table(head, rows, ["left", right, right, right, right, right]).join("\n")
  )
  return 0
}

runTool(main, USAGE)
