import { asOneLine, explain } from "./errors"
import { Output } from "./output"
import { createProgram } from "./program"

const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/** Runs the command line and ends the process: 0, or 1 with a line on stderr that says why. */
export async function main(argv: readonly string[]): Promise<void> {
  const output = new Output()
  // The provider's connections keep no process alive; without this it could end in the midst of a command.
  setInterval(() => {}, LONGEST_INTERVAL_MS)
  let code: number
  try {
    code = await run(argv, output)
  } catch (error) {
    code = 1
    output.note(`error: ${asOneLine(explain(error))}`)
    if (process.env.DEBUG) {
      output.note(error instanceof Error ? (error.stack ?? "") : String(error))
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
