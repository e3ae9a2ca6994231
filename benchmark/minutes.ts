/** What counting for the table of minutes, and reporting to it, costs a get. `npm run bench:minutes` */
import type { Cleanup } from "../integration-tests/support/cleanup"
import { OwnServer } from "../integration-tests/support/faults/own-server"
import { migratedDatabase } from "../integration-tests/support/provider/test-cache"
import { parse, runTool } from "../integration-tests/support/run-tool"
import { table } from "../src/cli/format"
import type { MinuteReports } from "../src/minute-reports"
import type { Metrics } from "../src/telemetry"
import { closedLoop } from "./measure/closed-loop"
import { median, ratios } from "./measure/summary"
import { startPostgresProvider } from "./providers/postgres"
import type { ProviderUnderTest } from "./providers/provider-under-test"
import { ITEMS } from "./workloads/item"
import { makeItem } from "./workloads/synthetic"

const USAGE = `usage: npm run bench:minutes -- [--rounds N] [--millis N]

Gets of three providers in N rounds (default 21) of a turn each, of so many milliseconds (default 1000): one that neither counts nor
reports, one that counts, and one that counts and reports once in each turn. Two pairs are compared, round by round: counting
with neither, which is what every get of a shop pays; and reporting with counting. A shop reports once a minute, so in turns of a second
reports are sixty times as often, and a shop pays a sixtieth of what the second ratio falls short of 1.`

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

/** In the order of a round, so that those that are compared follow each other; every other round is reversed. */
const KINDS = ["neither", "counting", "reporting"] as const
type Kind = (typeof KINDS)[number]

const PAIRS: { name: string; base: Kind; compared: Kind }[] = [
  { name: "counters", base: "neither", compared: "counting" },
  { name: "a report a turn", base: "counting", compared: "reporting" },
]

interface Contender {
  readonly provider: ProviderUnderTest
  /** Adds to the table what was counted, if it is the kind that does. */
  readonly report: () => Promise<void>
}

async function start(
  url: string,
  nearCache: boolean,
  kind: Kind,
  cleanup: Cleanup
): Promise<Contender> {
  const provider = await startPostgresProvider(url, { nearCache })
  cleanup.add(() => provider.close())
  const { reports, metrics } = (provider.cache as unknown as Inside).engine
    .parts
  if (kind !== "reporting") {
    reports.stop()
  }
  if (kind === "neither") {
    Object.assign(metrics, { count() {} })
  }
  await provider.near?.listens()
  return {
    provider,
    report: () => (kind === "reporting" ? reports.report() : Promise.resolve()),
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
  const began = performance.now()
  const reporting = report()
  const { operations } = await closedLoop({ concurrency, milliseconds, call })
  // Gets from a near cache leave the event loop no time: most of the report comes after them.
  await reporting
  return (operations * 1_000) / (performance.now() - began)
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
    const startKind = (kind: Kind) => start(url, nearCache, kind, cleanup)
    const contenders: Record<Kind, Contender> = {
      neither: await startKind("neither"),
      counting: await startKind("counting"),
      reporting: await startKind("reporting"),
    }
    const { provider } = contenders.counting
    await Promise.all(items.map((item) => provider.cache.set(item)))
    await provider.settle()
    const rates: Record<Kind, number[]> = {
      neither: [],
      counting: [],
      reporting: [],
    }
    // Has everybody's code compiled.
    for (const kind of KINDS) {
      await turn(contenders[kind], concurrency, millis)
    }
    for (let round = 0; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
        rates[kind].push(await turn(contenders[kind], concurrency, millis))
      }
    }
    for (const { name: what, base, compared } of PAIRS) {
      const ratio = ratios(rates[compared], rates[base])
      rows.push([
        what,
        name,
        String(concurrency),
        median(rates[base]).toFixed(0),
        median(rates[compared]).toFixed(0),
        ratio.median.toFixed(3),
        `${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)}`,
      ])
    }
  }
  const head = [
    "What it costs",
    "Operation",
    "Callers",
    "Without",
    "With",
    "Ratio",
    "Spread",
  ]
  const [left, right] = ["left", "right"] as const
  console.log(
    `Gets a second without and with, medians of ${rounds} turns of ${millis} ms; the ratio is formed round by round:\n`
  )
  console.log(
    table(head, rows, [left, left, right, right, right, right, right]).join(
      "\n"
    )
  )
  return 0
}

runTool(main, USAGE)
