import type { Logger } from "@medusajs/framework/types"

const PREFIX = "[caching-postgres]"
const MASK = "***"
/** Repeats of a warning within this time are counted instead of written. */
const DEDUPLICATION_MS = 60_000
/** Further kinds of warnings are not deduplicated. */
const MAX_KINDS = 100

/**
 * The provider's lines in the shop's log. A fault tends to come with every request: the first warning of a kind is
 * written at once, and its repeats within a minute become one line with their number and the latest reason.
 */
export class Log {
  /** Warnings that are deduplicated, by kind. */
  private readonly counted = new Map<
    string,
    { line: string; repeats: number; readonly timer: NodeJS.Timeout }
  >()

  private readonly prefix: string

  /** @param server which of several the lines are about */
  constructor(
    private readonly logger: Logger,
    server?: string
  ) {
    this.prefix = server ? `${PREFIX} server "${server}":` : PREFIX
  }

  debug(message: string): void {
    this.logger.debug(`${this.prefix} ${message}`)
  }

  info(message: string): void {
    this.logger.info(`${this.prefix} ${message}`)
  }

  /**
   * @param what happened and what follows from it; with the code of the cause it makes the kind of the warning
   * @param cause an error, or details in words
   * @returns whether it was written, and not only counted
   */
  warn(what: string, cause?: unknown): boolean {
    const kind = `${what} ${codeOf(cause)}`
    const details = cause === undefined ? "" : `: ${messageOf(cause)}`
    const line = `${this.prefix} ${what}${details}`
    const counted = this.counted.get(kind)
    if (counted) {
      // Reasons with one code can differ: 57P03 is a server that shuts down and one that starts up.
      counted.line = line
      counted.repeats++
      return false
    }
    this.logger.warn(line)
    if (this.counted.size < MAX_KINDS) {
      const timer = setInterval(() => this.writeRepeats(kind), DEDUPLICATION_MS)
      this.counted.set(kind, { line, repeats: 0, timer: timer.unref() })
    }
    return true
  }

  /** Writes what has been counted. */
  flush(): void {
    for (const kind of this.counted.keys()) {
      this.writeRepeats(kind)
    }
  }

  /** As long as the fault goes on, there is one line a minute. */
  private writeRepeats(kind: string): void {
    const counted = this.counted.get(kind)!
    const { line, repeats, timer } = counted
    if (repeats > 0) {
      counted.repeats = 0
      this.logger.warn(
        `${line} (and ${repeats} more of this kind within ${DEDUPLICATION_MS / 1000} s)`
      )
    } else {
      clearInterval(timer)
      this.counted.delete(kind)
    }
  }
}

/** The message of an error; where several attempts to connect failed, the messages of all. */
export function messageOf(error: unknown): string {
  const { message, errors } = (error ?? {}) as Partial<AggregateError>
  return !message && errors
    ? errors.map(messageOf).join("; ")
    : (message ?? String(error))
}

function codeOf(cause: unknown): string {
  return cause instanceof Error
    ? ((cause as { code?: string }).code ?? cause.name)
    : ""
}

/** A `postgres://` URL as it may be shown: without its passwords. */
export function maskUrl(url: string): string {
  return (
    url
      // The last @ before the path: a password may hold one that was not escaped. Where the URL cannot be parsed, the
      // password may hold what looks like the path's beginning, too.
      .replace(
        URL.canParse(url)
          ? /^(\w+:\/\/)([^:@/?]*):[^/?]*@/
          : /^(\w+:\/\/)([^:@/?]*):.*@/,
        (_, scheme, user) => `${scheme}${user}:${MASK}@`
      )
      .replace(/([?&](?:ssl)?password=)[^&]*/gi, `$1${MASK}`)
  )
}

/** Masks every URL in a text. */
export function maskUrls(text: string): string {
  return text.replace(/\bpostgres(?:ql)?:\/\/[^\s"'<>]+/gi, maskUrl)
}
