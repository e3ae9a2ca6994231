import type { Logger } from "@medusajs/framework/types"

/**
 * A logger for the provider that keeps its warnings to itself: what goes wrong here is an error of the
 * command, which is said once.
 */
export class KeptLogger {
  readonly warnings: string[] = []

  /** The cause of what was warned of last: what stands behind the warning itself. */
  get cause(): string | undefined {
    return this.warnings.at(-1)?.replace(/^\[caching-postgres\] [^:]*: /, "")
  }

  get asMedusaLogger(): Logger {
    const keep = (message: unknown) => void this.warnings.push(String(message))
    return {
      error: keep,
      warn: keep,
      info: () => {},
      debug: () => {},
    } as unknown as Logger
  }
}
