import { spawn, type ChildProcess } from "node:child_process"
import path from "node:path"
import { isErrorLine, readableLine } from "./log-lines"

const END_WITH_PARENT = path.join(__dirname, "end-with-parent.cjs")
const SUMMARY_LINES = 30

/** One line that a child process printed, without the colours. */
export type OnLine = (line: string) => void

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** From the spawn to the end of the process. */
  readonly ms: number
}

/** A Node program as a real child process, with everything that it printed. */
export class NodeChild {
  readonly exited: Promise<Exit>
  #child: ChildProcess
  #lines: string[] = []
  #exit: Exit | undefined

  constructor(
    args: string[],
    options: { cwd: string; env: Record<string, string>; onLine?: OnLine }
  ) {
    const started = performance.now()
    this.#child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: {
        ...inheritedEnv(),
        ...options.env,
        NODE_OPTIONS: `--require "${END_WITH_PARENT}"`,
      },
      stdio: ["pipe", "pipe", "pipe"],
    })

    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      collectLines(stream, (line) => {
        this.#lines.push(line)
        options.onLine?.(line)
      })
    }

    this.exited = new Promise((resolve, reject) => {
      this.#child.once("error", reject)
      this.#child.once("close", (code, signal) => {
        this.#exit = { code, signal, ms: performance.now() - started }
        resolve(this.#exit)
      })
    })
  }

  get exit(): Exit | undefined {
    return this.#exit
  }

  get output(): string {
    return this.#lines.join("\n")
  }

  /** The end of what was printed, and the errors before it, short enough to stand in an error message. */
  get summary(): string {
    const end = this.#lines.length - SUMMARY_LINES
    const lines = this.#lines.filter(
      (line, index) => index >= end || isErrorLine(line)
    )

    return lines.map(readableLine).join("\n")
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Asks the process to end, makes it end when it does not, and tells how it went. */
  async stop(graceMs = 10_000): Promise<Exit> {
    this.signal("SIGTERM")
    const timer = setTimeout(() => this.signal("SIGKILL"), graceMs)

    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }
}

/**
 * What a program needs from this machine, and nothing that would change what a shop does: a DATABASE_URL, a REDIS_URL or
 * a NODE_ENV that happens to be set here is not the shop's.
 */
function inheritedEnv(): Record<string, string> {
  const names = [
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "TEMP",
    "LANG",
    "LC_ALL",
    "TZ",
  ]

  return Object.fromEntries(
    names.flatMap((name) =>
      process.env[name] ? [[name, process.env[name]]] : []
    )
  )
}

function collectLines(
  stream: NodeJS.ReadableStream | null,
  onLine: OnLine
): void {
  let rest = ""
  stream?.setEncoding("utf8")
  stream?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n")
    rest = lines.pop() ?? ""
    lines.forEach((line) => onLine(plain(line)))
  })
  stream?.on("end", () => {
    if (rest) {
      onLine(plain(rest))
    }
  })
}

function plain(line: string): string {
  // eslint-disable-next-line no-control-regex -- escape sequences start with a control character
  return line.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").trimEnd()
}
