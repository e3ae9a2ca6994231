import type { Logger } from "@medusajs/framework/types"

/** Before every line, so that a person knows who speaks. */
const PREFIX = "[caching-postgres]"
/** Repeats of a warning within this time are counted instead of written. */
const FOLDING_MS = 60_000
/** How many different warnings are told apart; further ones are written each time. */
const MOST_FOLDED = 100

interface Folded {
  readonly line: string
  repeats: number
  readonly timer: NodeJS.Timeout
}

/**
 * The provider's lines in the shop's log. A fault tends to come with every request: the first
 * warning of a kind is written at once, and those that follow within a minute become one line with
 * their number.
 */
export class Log {
  private readonly folded = new Map<string, Folded>()

  constructor(
    private readonly logger: Logger,
    private readonly foldingMillis = FOLDING_MS
  ) {}

  debug(message: string): void {
    this.logger.debug(`${PREFIX} ${message}`)
  }

  info(message: string): void {
    this.logger.info(`${PREFIX} ${message}`)
  }

  /**
   * @param what happened and what follows from it; warnings are of a kind when they agree in this and in
   *   the code of their cause
   * @param cause an error, or details in words
   * @returns whether it was written, and not only counted
   */
  warn(what: string, cause?: unknown): boolean {
    const kind = `${what} ${codeOf(cause)}`
    const folded = this.folded.get(kind)
    if (folded) {
      folded.repeats++
      return false
    }
    const details = cause === undefined ? "" : `: ${textOf(cause)}`
    const line = `${PREFIX} ${what}${details}`
    this.logger.warn(line)
    if (this.folded.size < MOST_FOLDED) {
      this.fold(kind, line)
    }
    return true
  }

  /** Writes what has been counted. */
  flush(): void {
    for (const [kind, folded] of this.folded) {
      this.unfold(kind, folded)
    }
  }

  private fold(kind: string, line: string): void {
    const timer = setTimeout(() => {
      this.unfold(kind, folded)
      // As long as it goes on, a line a minute.
      if (folded.repeats > 0) {
        this.fold(kind, line)
      }
    }, this.foldingMillis).unref()
    const folded: Folded = { line, repeats: 0, timer }
    this.folded.set(kind, folded)
  }

  private unfold(kind: string, { line, repeats, timer }: Folded): void {
    clearTimeout(timer)
    this.folded.delete(kind)
    if (repeats > 0) {
      const seconds = Math.round(this.foldingMillis / 1000)
      this.logger.warn(
        `${line} (and ${repeats} more of this kind within ${seconds} s)`
      )
    }
  }
}

function textOf(cause: unknown): string {
  // Several attempts to connect fail with one error that has no message of its own.
  if (cause instanceof AggregateError && !cause.message) {
    return cause.errors.map(textOf).join("; ")
  }
  return cause instanceof Error ? cause.message : String(cause)
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) {
    return ""
  }
  return (cause as { code?: string }).code ?? cause.name
}
