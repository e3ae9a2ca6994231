import { CommanderError } from "commander"
import { OptionError } from "../options"
import {
  asOneLine,
  codeOf,
  CommandError,
  type ErrorFacts,
  explain,
} from "./errors"
import { maskUrls } from "../log"
import { Output } from "./output"
import { createProgram } from "./program"

const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/**
 * Runs the command line and ends the process: 0, or 1 with a line on stderr that says why, and with `--json`
 * `{ "error": … }` on stdout.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const output = new Output()
  // The provider's connections keep no process alive; without this it could end in the midst of a command.
  setInterval(() => {}, LONGEST_INTERVAL_MS)
  let code: number
  try {
    code = await run(argv, output)
  } catch (error) {
    code = error instanceof CommanderError ? error.exitCode : 1
    if (code !== 0) {
      report(error, output, argv.includes("--json"))
    }
  }
  await output.flush()
  // The shop's configuration may have opened what keeps a process alive.
  process.exit(code)
}

async function run(argv: readonly string[], output: Output): Promise<number> {
  let code = 0
  const program = createProgram(output, (result) => (code = result))
  await program.parseAsync(argv)
  return code
}

function report(error: unknown, output: Output, json: boolean): void {
  const facts = factsOf(error)
  // Commander has written its own by now.
  if (!(error instanceof CommanderError)) {
    for (const line of facts.message.split("\n")) {
      output.note(`error: ${line}`)
    }
    if (process.env.DEBUG) {
      output.note(error instanceof Error ? (error.stack ?? "") : String(error))
    }
  }
  if (json) {
    output.json({ error: facts })
  }
}

function factsOf(error: unknown): ErrorFacts {
  if (error instanceof CommanderError) {
    const message = asOneLine(error.message).replace(/^error: /, "")
    return { message, code: "usage" }
  }
  if (error instanceof OptionError) {
    return { message: error.message, code: "option" }
  }
  return {
    message: maskUrls(asOneLine(explain(error))),
    code: codeOf(error) ?? "failed",
    ...(error instanceof CommandError &&
      error.namespaces && { namespaces: error.namespaces }),
  }
}
