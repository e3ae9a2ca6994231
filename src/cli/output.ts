import { maskUrls } from "../log"

const DEFAULT_COLUMNS = 80

/**
 * What the command line says. The answer goes to stdout and everything else to stderr, also what
 * Medusa and the shop's configuration print meanwhile: whoever pipes an answer on gets nothing but it.
 */
export class Output {
  private readonly write: typeof process.stdout.write

  constructor() {
    this.write = process.stdout.write.bind(process.stdout)
    process.stdout.write = process.stderr.write.bind(process.stderr)
    // Whoever reads has seen enough, `head` for one.
    process.stdout.on("error", () => process.exit(0))
  }

  /** Columns that a table may take; nothing where stdout is no terminal, and nothing is to be cut. */
  get width(): number | undefined {
    const { isTTY, columns } = process.stdout
    return isTTY ? columns || DEFAULT_COLUMNS : undefined
  }

  /** A piece of the answer as it is. */
  raw(text: string): void {
    this.write(text)
  }

  /** Lines of the answer. */
  print(...lines: string[]): void {
    this.raw(`${lines.join("\n")}\n`)
  }

  json(value: unknown): void {
    this.print(JSON.stringify(value, null, 2))
  }

  /** A line for the one who watches, on stderr. */
  readonly note = (line: string): void => {
    process.stderr.write(`${maskUrls(line)}\n`)
  }

  async flush(): Promise<void> {
    await new Promise<void>((resolve) => this.write("", () => resolve()))
  }
}
