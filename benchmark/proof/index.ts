import path from "node:path"
import type { Cleanup } from "../../integration-tests/support/cleanup"
import { parse, runTool } from "../../integration-tests/support/run-tool"
import { describeEnvironment, environmentAsText } from "../report/environment"
import { writeReport } from "../report/file"
import { markdownTable } from "../report/markdown"
import { Servers } from "../servers/servers"
import { drawChurn, type Run } from "./chart"
import { churn } from "./churn"
import { churnedPostgres, churnedRedis } from "./providers"
import { HOURS, SCENARIOS } from "./shop"

const USAGE = `npm run proof -- [--minutes <n>] [--only <scenario>] [--plot <folder>]

Runs ${HOURS} hours of a busy shop on this provider and on @medusajs/caching-redis, in fast motion, and shows what both hold
and what a change of a product costs: ${SCENARIOS.map(({ title }) => title).join("; ")}.

  --minutes <n>     minutes that each of the four runs takes, 2 by default
  --only <scenario> ${SCENARIOS.map(({ name }) => name).join(" or ")}, both by default
  --plot <folder>   draws the charts there
REDIS_URL and DATABASE_URL name servers of yours; otherwise a redis-server on the PATH and an embedded PostgreSQL are started.`

const say = (text: string) => process.stdout.write(`${text}\n`)
const number = (value: number) => Math.round(value).toLocaleString("en-US")

function table(runs: readonly Run[]): string {
  const columns = [
    "",
    "live entries",
    "tag members, rows",
    "of them dead",
    "MB",
    "one change",
  ]
  const hours = Array.from({ length: HOURS / 2 }, (_, index) => 2 * index + 2)
  const rows = runs.flatMap(({ provider, moments }) =>
    hours.map((hour) => {
      const index = moments.findIndex((moment) => moment.hour >= hour)
      const moment = moments[index]!
      // The burst of this hour comes after it.
      const { changeMs } = moments[index + 1] ?? moment
      return [
        `${provider}, ${hour} h`,
        number(moment.live),
        number(moment.members),
        number(moment.dead),
        (moment.bytes / 2 ** 20).toFixed(1),
        `${changeMs.toFixed(1)} ms`,
      ]
    })
  )
  return markdownTable(columns, rows)
}

async function main(args: string[], cleanup: Cleanup): Promise<number> {
  const values = parse(args, {
    minutes: { type: "string", default: "2" },
    only: { type: "string" },
    plot: { type: "string" },
    help: { type: "boolean" },
  })
  const minutes = Number(values.minutes)
  const scenarios = SCENARIOS.filter(
    ({ name }) => !values.only || name === values.only
  )
  if (values.help || !(minutes > 0) || scenarios.length === 0) {
    say(USAGE)
    return 0
  }
  const speed = (HOURS * 60) / minutes
  const servers = await Servers.start(cleanup, say)
  if (!servers.redisVersion) {
    throw new Error("no Redis to compare with: set REDIS_URL")
  }
  say(
    environmentAsText(
      await describeEnvironment(servers.shopUrl, servers.redisVersion)
    )
  )
  for (const scenario of scenarios) {
    const runs: Run[] = []
    for (const provider of ["redis", "postgres"] as const) {
      say(`${provider}, ${scenario.title}: ${minutes} minutes`)
      const url = await servers.urlFor(provider)
      const churned = await (provider === "redis"
        ? churnedRedis(url, speed)
        : churnedPostgres(url, speed))
      try {
        runs.push({ provider, moments: await churn(churned, scenario, speed) })
      } finally {
        await churned.close()
      }
    }
    say(`\n${scenario.title}\n\n${table(runs)}\n`)
    if (values.plot) {
      writeReport(
        path.join(values.plot, `${scenario.name}.svg`),
        `${drawChurn(scenario.title, runs)}\n`
      )
    }
  }
  return 0
}

runTool(main, USAGE)
