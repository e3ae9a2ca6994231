#!/usr/bin/env node
import { CommanderError } from "commander"
import { errorFacts } from "./errors"
import { asJson, Output } from "./output"
import { createProgram } from "./program"

/**
 * Runs the command line and ends the process with exit code 0, or 1 with an error on stderr, and with `--json` also
 * `{ "error": … }` on stdout.
 */
async function main(argv: readonly string[]): Promise<void> {
  const output = new Output()
  // The provider's connections do not keep the process alive until its command is done; a timer does.
  setInterval(() => {}, 2 ** 31 - 1)
  try {
    await createProgram(output).parseAsync(argv)
  } catch (error) {
    // Commander also throws after it has printed help, with code 0.
    if (!(error instanceof CommanderError) || error.exitCode !== 0) {
      process.exitCode = 1
      report(error, output, argv.includes("--json"))
    }
  }
  // The shop's configuration may have opened what keeps a process alive.
  output.write("", () => process.exit())
}

function report(error: unknown, output: Output, json: boolean): void {
  const facts = errorFacts(error)
  // Commander has printed its own errors.
  if (!(error instanceof CommanderError)) {
    for (const line of facts.message.split("\n")) {
      output.note(`error: ${line}`)
    }
    if (process.env.DEBUG) {
      output.note(error instanceof Error ? (error.stack ?? "") : String(error))
    }
  }
  if (json) {
    output.print(asJson({ error: facts }))
  }
}

void main(process.argv)
