import { startRedis } from "../integration-tests/support/redis/redis"
import type { Cleanup } from "../integration-tests/support/cleanup"
import type { Contender } from "../integration-tests/support/provider/contender"
import { serversAt } from "../integration-tests/support/provider/test-cache"
import { runTool } from "../integration-tests/support/run-tool"
import { table } from "../src/cli/format"
import { type Arguments, readArguments, USAGE } from "./arguments"
import { growthOf, lossOfHits, type Sample, tooLittle } from "./checks"
import {
  bytesOfEntries,
  type Database,
  startDatabase,
  UNDISTURBED_SECONDS,
} from "./database"
import type { Report } from "./messages"
import { type Result, stress, sum } from "./stress"

/** Swept often and with more keys than fit, so that sweep and eviction, too, get in the way. */
const SWEEP = "*/10 * * * * *"
const MAX_ENTRIES = 400
const NEAR_CACHE = { maxBytes: 16_000_000 }
/** Some loads are never set: waiting for them must not take longer than the run. */
const LEASE = { lease: { waitMillis: 200 }, grace: 60 }
const MAX_PROBLEMS = 20

const say = (line: string) => console.log(line)

async function run(given: Arguments, cleanup: Cleanup): Promise<number> {
  const database = await startDatabase(cleanup, given, say)
  const redis = given.faults ? undefined : await startRedis()
  cleanup.add(() => redis?.stop() ?? Promise.resolve())
  const problems: string[] = []
  const own = await stressPostgres(given, database, problems)
  // It keeps nothing in its processes, so it has no time to be given.
  const other =
    redis &&
    (await stressOne(
      { provider: "redis", url: redis.url, options: {} },
      { ...given, sourceUrl: database.sourceUrl, boundMs: 0 }
    ))

  say(`\n${asTable({ postgres: own, ...(other && { redis: other }) })}\n`)
  if (own.servedStale > 0 || own.staleKeys.length > 0) {
    problems.push(
      `${own.servedStale} stale values served, stale in the end: ${own.staleKeys.join(", ") || "none"}`
    )
  }
  problems.push(...own.wrong, ...tooLittle(own))
  problems.slice(0, MAX_PROBLEMS).forEach(say)
  say(
    problems.length === 0
      ? "passed: nothing stale was served or kept, and nothing grows"
      : `FAILED: ${problems.length} problems`
  )
  return problems.length === 0 ? 0 : 1
}

function stressOne(
  contender: Contender,
  plan: Parameters<typeof stress>[1]
): Promise<Result> {
  say(`${contender.provider}: ${plan.seconds} s`)
  return stress(contender, plan)
}

/** @param problems is added to */
async function stressPostgres(
  given: Arguments,
  database: Database,
  problems: string[]
): Promise<Result> {
  const { faults, nearCache, lease, boundMs } = given
  const samples: Sample[] = []
  let undisturbed: readonly Report[] = []
  let last: readonly Report[] = []
  const seconds = given.seconds + (faults?.cutEvery ? UNDISTURBED_SECONDS : 0)
  const result = await stressOne(
    {
      provider: "postgres",
      url: database.url,
      options: {
        sweep: SWEEP,
        maxEntries: MAX_ENTRIES,
        ...(nearCache && { nearCache: NEAR_CACHE }),
        ...(lease && LEASE),
        ...(database.otherUrls.length > 0 && {
          namespace: "medusa",
          database: {
            servers: serversAt([database.url, ...database.otherUrls]),
          },
        }),
      },
    },
    {
      ...given,
      sourceUrl: database.sourceUrl,
      seconds,
      boundMs: faults ? undefined : boundMs,
      async onSecond(second, reports) {
        last = reports
        if (second === UNDISTURBED_SECONDS) {
          undisturbed = reports
        }
        samples.push({
          heapBytes: reports.map(({ heapBytes }) => heapBytes),
          tableBytes: await bytesOfEntries(database),
        })
        if (second % 10 === 0) {
          const { reads, hits, servedStale } = sum(
            reports.map(({ tally }) => tally)
          )
          say(`${second} s: ${reads} reads, ${hits} hits, ${servedStale} stale`)
        }
        await database.disturb(second, seconds)
      },
    }
  )
  if (faults?.outages && last.some(({ outages }) => outages === 0)) {
    problems.push("a process did not notice the outages: nothing was tested")
  }
  if (faults?.cutEvery) {
    problems.push(...lossOfHits(undisturbed, last, say))
  }
  problems.push(...growthOf(samples, say))
  return result
}

function asTable(results: Record<string, Result>): string {
  const number = (value: number) => value.toLocaleString("en-US")
  return table(
    [
      "provider",
      "reads",
      "hits",
      "hit rate",
      "sets",
      "clears",
      "stale fills rejected",
      "served stale",
      "stale in the end",
    ],
    Object.entries(results).map(([name, result]) => [
      name,
      number(result.reads),
      number(result.hits),
      `${((100 * result.hits) / result.reads).toFixed(0)} %`,
      number(result.sets),
      number(result.clears),
      name === "postgres" ? number(result.rejected) : "-",
      number(result.servedStale),
      number(result.staleKeys.length),
    ]),
    ["left", ...Array<"right">(8).fill("right")]
  ).join("\n")
}

async function main(args: string[], cleanup: Cleanup): Promise<number> {
  const given = readArguments(args)
  if (given.help) {
    say(USAGE)
    return 0
  }
  return run(given, cleanup)
}

runTool(main, USAGE)
