import { Cleanup } from "../benchmark/cli/cleanup"
import { table } from "../src/cli/format"
import { startDatabaseServer } from "../benchmark/servers/postgres"
import { startRedis } from "../benchmark/servers/redis"
import { migrate } from "../integration-tests/support/provider/migrate"
import { type Arguments, readArguments, USAGE } from "./arguments"
import { hammer, type Result } from "./hammer"
import type { Contender, ProviderOptions } from "./messages"

/** Swept often, so that the sweep, too, gets in the way. */
const SWEEP = "*/10 * * * * *"
const NEAR_CACHE = { maxBytes: 16_000_000 }

async function run(given: Arguments, cleanup: Cleanup): Promise<number> {
  const databases = await startDatabaseServer((line) => console.log(line))
  cleanup.add(() => databases.stop())
  const url = await databases.createDatabase()
  await migrate("run", { clientUrl: url })
  const redis = await startRedis()
  cleanup.add(() => redis?.stop() ?? Promise.resolve())
  if (!redis) {
    console.log(
      "no Redis: neither REDIS_URL nor a redis-server on the PATH; going on without"
    )
  }

  const contend = (contender: Contender, boundMs: number) => {
    console.log(`${contender.provider}: ${given.seconds} s`)
    return hammer(contender, { ...given, sourceUrl: url, boundMs })
  }
  const options: ProviderOptions = {
    sweep: SWEEP,
    ...(given.nearCache && { nearCache: NEAR_CACHE }),
  }
  const own = await contend(
    { provider: "postgres", url, options },
    given.boundMs
  )
  // It keeps nothing in its processes, so it has no time to be given.
  const other =
    redis &&
    (await contend({ provider: "redis", url: redis.url, options: {} }, 0))

  console.log(
    `\n${asTable({ postgres: own, ...(other && { redis: other }) })}\n`
  )
  if (own.staleKeys.length > 0) {
    console.log(`stale at the end: ${own.staleKeys.join(", ")}`)
  }
  return verdict(own)
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
      "late fills refused",
      "served stale",
      "stale at the end",
    ],
    Object.entries(results).map(([name, result]) => [
      name,
      number(result.reads),
      number(result.hits),
      `${((100 * result.hits) / result.reads).toFixed(0)} %`,
      number(result.sets),
      number(result.clears),
      name === "postgres" ? number(result.refused) : "-",
      number(result.servedStale),
      number(result.staleKeys.length),
    ]),
    ["left", ...Array<"right">(8).fill("right")]
  ).join("\n")
}

/** @returns the exit code */
function verdict({ hits, sets, servedStale, staleKeys }: Result): number {
  if (hits === 0 || sets === 0) {
    console.log("FAILED: nothing was cached, so nothing was tested")
    return 1
  }
  if (servedStale > 0 || staleKeys.length > 0) {
    console.log(
      `FAILED: the PostgreSQL provider served ${servedStale} stale values and kept ${staleKeys.length}`
    )
    return 1
  }
  console.log("passed: the PostgreSQL provider served and kept nothing stale")
  return 0
}

async function main(cleanup: Cleanup): Promise<number> {
  let given: Arguments
  try {
    given = readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    return 2
  }
  if (given.help) {
    console.log(USAGE)
    return 0
  }
  return run(given, cleanup)
}

const cleanup = new Cleanup()
void main(cleanup)
  .catch((error: unknown) => {
    console.error(error)
    return 1
  })
  .then(async (code) => {
    await cleanup.run()
    process.exit(code)
  })
