import type { Logger } from "@medusajs/framework/types"

/** A logger that keeps its lines, for tests that look at them. */
export class TestLogger {
  readonly lines: { level: string; message: string }[] = []

  /** The lines of warn and error. */
  get complaints(): string[] {
    return this.lines
      .filter(({ level }) => level === "warn" || level === "error")
      .map(({ message }) => message)
  }

  get asMedusaLogger(): Logger {
    const keep = (level: string) => (message: unknown) => {
      this.lines.push({ level, message: String(message) })
    }
    return {
      info: keep("info"),
      warn: keep("warn"),
      error: keep("error"),
      debug: keep("debug"),
    } as unknown as Logger
  }
}
