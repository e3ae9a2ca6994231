import type { Cleanup } from "../integration-tests/support/cleanup"
import { runTool } from "../integration-tests/support/run-tool"
import { readArguments, USAGE } from "./cli/arguments"
import { Progress } from "./cli/progress"
import { writeCharts } from "./plot"
import { environmentAsText } from "./report/environment"
import { writeReport } from "./report/file"
import { resultsAsJson } from "./report/json"
import { pageOf } from "./report/markdown"
import { inShort, judge } from "./report/requirements"
import { resultsAsText, verdictsAsText } from "./report/text"
import { runBenchmark } from "./run/benchmark"

async function main(given: string[], cleanup: Cleanup): Promise<number> {
  const args = readArguments(given)
  if (args.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const { environment, cells } = await runBenchmark(
    args,
    new Progress(),
    cleanup
  )
  const requirements = judge(cells)

  process.stdout.write(
    [
      environmentAsText(environment),
      resultsAsText(cells),
      verdictsAsText(requirements),
      inShort(cells),
    ]
      .filter((part) => part !== undefined)
      .join("\n\n") + "\n"
  )
  if (args.json) {
    writeReport(args.json, resultsAsJson(cells, requirements, environment))
  }
  if (args.markdown) {
    writeReport(args.markdown, pageOf(cells, requirements, environment))
  }
  if (args.plot) {
    writeCharts(args.plot, cells)
  }
  return 0
}

runTool(main, USAGE)
