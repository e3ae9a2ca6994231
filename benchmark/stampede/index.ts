import type { Cleanup } from "../../integration-tests/support/cleanup"
import { runTool } from "../../integration-tests/support/run-tool"
import { Progress } from "../cli/progress"
import { describeEnvironment, environmentAsText } from "../report/environment"
import { writeReport } from "../report/file"
import { Servers } from "../servers/servers"
import { readArguments, USAGE } from "./arguments"
import { createProducts } from "./product-list"
import { asJson, summariesAsText } from "./report"
import { isBusy, problemsOf, type Result, summaryOf } from "./result"
import { measureStampedes } from "./stampede"

/** A connection for the load of each caller, and those of the caches. */
const SETTINGS = { max_connections: "250" }

async function main(given: string[], cleanup: Cleanup): Promise<number> {
  const { help, rounds, json } = readArguments(given)
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const progress = new Progress()
  const say = (line: string) => progress.say(line)
  const servers = await Servers.start(cleanup, say, SETTINGS)
  await createProducts(servers.shopUrl)
  const results = await measureStampedes(servers, rounds, cleanup, say)

  const environment = await describeEnvironment(
    servers.shopUrl,
    servers.redisVersion
  )
  const problems = problemsOf(results)
  process.stdout.write(
    [
      environmentAsText(environment),
      summariesAsText(results.map(summaryOf)),
      verdict(results, problems),
    ].join("\n\n") + "\n"
  )
  if (json) {
    writeReport(json, asJson(results, problems, environment))
  }
  return problems.length === 0 ? 0 : 1
}

function verdict(
  results: readonly Result[],
  problems: readonly string[]
): string {
  if (problems.length > 0) {
    return `DID NOT HOLD: ${problems.join("; ")}`
  }
  return isBusy(results)
    ? "held: few loads (the machine is too busy to say how many callers waited for one)"
    : "held: few loads, and nobody waits within the grace but the one who loads"
}

runTool(main, USAGE)
