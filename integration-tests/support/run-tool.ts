import { parseArgs, type ParseArgsConfig } from "node:util"
import { Cleanup } from "./cleanup"

const INTERRUPTED = 130
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** What is wrong with the command line. */
export class UsageError extends Error {}

type Main = (args: string[], cleanup: Cleanup) => Promise<number>

/** Runs `main` to its end or until it is interrupted, cleans up, and ends the process with the exit code. */
export function runTool(main: Main, usage: string): void {
  void run(main, usage).then((code) => process.exit(code))
}

async function run(main: Main, usage: string): Promise<number> {
  const cleanup = new Cleanup()
  const interrupted = new Promise<number>((resolve) => {
    SIGNALS.forEach((signal) =>
      process.once(signal, () => resolve(INTERRUPTED))
    )
  })
  // What an interruption cuts short fails because its servers go: that is no news.
  const finished = main(process.argv.slice(2), cleanup).catch(
    (error: unknown) => ({ error })
  )
  try {
    const end = await Promise.race([finished, interrupted])
    return typeof end === "number" ? end : exitCodeOf(end.error, usage)
  } finally {
    await cleanup.run()
  }
}

function exitCodeOf(error: unknown, usage: string): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return 2
  }
  process.stderr.write(
    `${error instanceof Error ? error.stack : String(error)}\n`
  )
  return 1
}

/** @throws {UsageError} on an option that there is not, or one without its value */
export function parse<
  const Options extends NonNullable<ParseArgsConfig["options"]>,
>(
  args: string[],
  options: Options
): ReturnType<
  typeof parseArgs<{ args: string[]; options: Options }>
>["values"] {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
