import { spawn, type ChildProcess } from "node:child_process"
import path from "node:path"
import { createInterface } from "node:readline"
import { stripVTControlCharacters } from "node:util"
import { parsed } from "./http"

const END_WITH_PARENT = path.join(__dirname, "end-with-parent.cjs")
const SUMMARY_LINES = 30
/**
 * What a program needs from this machine, and nothing that would change what a shop does: a DATABASE_URL, a REDIS_URL or
 * a NODE_ENV that happens to be set here is not the shop's.
 */
const INHERITED = "PATH HOME USER TMPDIR TEMP LANG LC_ALL TZ".split(" ")

/** One line that a child process printed, without the colours. */
export type OnLine = (line: string) => void

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A Node program as a real child process, with everything that it printed. */
export class NodeChild {
  readonly exited: Promise<Exit>
  readonly lines: string[] = []
  exit: Exit | undefined
  #child: ChildProcess

  constructor(
    args: string[],
    options: { cwd: string; env: Record<string, string>; onLine?: OnLine }
  ) {
    this.#child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: {
        ...Object.fromEntries(
          INHERITED.flatMap((name) =>
            process.env[name] ? [[name, process.env[name]]] : []
          )
        ),
        ...options.env,
        NODE_OPTIONS: `--require "${END_WITH_PARENT}"`,
      },
      stdio: ["pipe", "pipe", "pipe"],
    })
    for (const input of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input }).on("line", (text) => {
        const line = stripVTControlCharacters(text).trimEnd()
        this.lines.push(line)
        options.onLine?.(line)
      })
    }
    this.exited = new Promise((resolve, reject) => {
      this.#child.once("error", reject)
      this.#child.once("close", (code, signal) => {
        this.exit = { code, signal }
        resolve(this.exit)
      })
    })
  }

  get output(): string {
    return this.lines.join("\n")
  }

  /** The end of what was printed, and the errors before it, short enough to stand in an error message. */
  get summary(): string {
    const end = this.lines.length - SUMMARY_LINES
    return this.lines
      .filter((line, index) => index >= end || isErrorLine(line))
      .map(readableLine)
      .join("\n")
  }

  /** Asks the process to end, kills it when it does not, and tells how it went. */
  async stop(graceMs = 10_000): Promise<Exit> {
    this.#child.kill("SIGTERM")
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs)
    try {
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }
}

type LogEntry = { level?: string; message?: string } | null | undefined

/** Medusa logs JSON in production; what is no JSON was written past its logger, as an unhandled rejection is. */
export function isErrorLine(line: string): boolean {
  const entry = parsed(line) as LogEntry
  return entry
    ? entry.level === "error"
    : /\berror\b|exception|unhandled/i.test(line)
}

/** A logged line as a person would want it. */
export function readableLine(line: string): string {
  const entry = parsed(line) as LogEntry
  return entry ? `${entry.level ?? ""}: ${entry.message ?? ""}` : line
}
