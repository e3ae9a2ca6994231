import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Cleanup } from "../integration-tests/support/cleanup"
import { readArguments, USAGE, UsageError } from "./cli/arguments"
import { Progress } from "./cli/progress"
import { writeCharts } from "./plot"
import { environmentAsText } from "./report/environment"
import { resultsAsJson } from "./report/json"
import { judge } from "./report/requirements"
import { resultsAsText, verdictsAsText } from "./report/text"
import { runBenchmark } from "./run/benchmark"

const INTERRUPTED = 130
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

async function main(cleanup: Cleanup): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(`${USAGE}\n`)
    return
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
      "",
    ].join("\n\n")
  )
  if (args.json) {
    mkdirSync(path.dirname(path.resolve(args.json)), { recursive: true })
    writeFileSync(args.json, resultsAsJson(cells, requirements, environment))
  }
  if (args.plot) {
    writeCharts(args.plot, cells)
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}\n`)
    return 2
  }
  process.stderr.write(
    `${error instanceof Error ? error.stack : String(error)}\n`
  )
  return 1
}

async function run(): Promise<number> {
  const cleanup = new Cleanup()
  const interrupted = new Promise<number>((resolve) => {
    SIGNALS.forEach((signal) =>
      process.once(signal, () => resolve(INTERRUPTED))
    )
  })
  // What an interruption cuts short fails because its servers go: that is no news.
  const finished = main(cleanup).then(
    () => ({ code: 0 }),
    (error: unknown) => ({ error })
  )
  try {
    const end = await Promise.race([finished, interrupted])
    if (typeof end === "number") {
      return end
    }
    return "error" in end ? exitCodeOf(end.error) : end.code
  } finally {
    await cleanup.run()
  }
}

void run().then((code) => process.exit(code))
