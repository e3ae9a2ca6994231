import { createInterface } from "node:readline/promises"
import { maskUrls } from "../log"

const DEFAULT_COLUMNS = 80
const FIRST_PROGRESS_MS = 2_000
const NEXT_PROGRESS_MS = 5_000

/**
 * Writes answers to stdout and everything else to stderr, including what Medusa and the shop's configuration print:
 * the next command of a pipe reads nothing but the answer.
 */
export class Output {
  /** Writes text to stdout. */
  readonly write: typeof process.stdout.write

  constructor() {
    this.write = process.stdout.write.bind(process.stdout)
    process.stdout.write = process.stderr.write.bind(process.stderr)
    // The reader has closed the pipe, as `head` does.
    process.stdout.on("error", () => process.exit(0))
  }

  /** Columns of the terminal; `undefined` where stdout is none, so that nothing is cut. */
  get width(): number | undefined {
    const { isTTY, columns } = process.stdout
    return isTTY ? columns || DEFAULT_COLUMNS : undefined
  }

  print(lines: readonly string[]): void {
    this.write(`${lines.join("\n")}\n`)
  }

  /** Writes a line to stderr. */
  readonly note = (line: string): void => {
    process.stderr.write(`${maskUrls(line)}\n`)
  }

  /** Runs a task and notes every few seconds that it goes on. */
  async withProgress<T>(what: string, task: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const report = () => {
      const seconds = Math.round((performance.now() - start) / 1000)
      this.note(`${what}, ${seconds} s so far`)
      timer = setTimeout(report, NEXT_PROGRESS_MS)
    }
    let timer = setTimeout(report, FIRST_PROGRESS_MS)
    return task().finally(() => clearTimeout(timer))
  }
}

export function asJson(value: unknown): string[] {
  return [JSON.stringify(value, null, 2)]
}

/** Asks a question. Only "y" and "yes" are consent; the end of the input is not. */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream
): Promise<boolean> {
  const lines = createInterface({ input, output })
  try {
    const answer = await Promise.race([
      lines.question(`${question} [y/N] `),
      new Promise<string>((resolve) => lines.once("close", () => resolve(""))),
    ])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
