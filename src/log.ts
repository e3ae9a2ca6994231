import type { Logger } from "@medusajs/framework/types"

const PREFIX = "[caching-postgres]"
const MASK = "***"
/** Repeats of a warning within this time are counted instead of written. */
const DEDUPLICATION_MS = 60_000
/** Further kinds of warnings are not deduplicated. */
const MOST_KINDS = 100

interface Counted {
  readonly line: string
  repeats: number
  readonly timer: NodeJS.Timeout
}

/**
 * The provider's lines in the shop's log. A fault tends to come with every request: the first
 * warning of a kind is written at once, and its repeats within a minute become one line with their
 * number.
 */
export class Log {
  /** By kind. */
  private readonly counted = new Map<string, Counted>()

  constructor(private readonly logger: Logger) {}

  debug(message: string): void {
    this.logger.debug(`${PREFIX} ${message}`)
  }

  info(message: string): void {
    this.logger.info(`${PREFIX} ${message}`)
  }

  /**
   * @param what happened and what follows from it; it makes the kind of the warning, together with the code of the
   *   cause
   * @param cause an error, or details in words
   * @returns whether it was written, and not only counted
   */
  warn(what: string, cause?: unknown): boolean {
    const kind = `${what} ${codeOf(cause)}`
    const counted = this.counted.get(kind)
    if (counted) {
      counted.repeats++
      return false
    }
    const details = cause === undefined ? "" : `: ${messageOf(cause)}`
    const line = `${PREFIX} ${what}${details}`
    this.logger.warn(line)
    if (this.counted.size < MOST_KINDS) {
      this.deduplicate(kind, line)
    }
    return true
  }

  /** Writes what has been counted. */
  flush(): void {
    for (const [kind, counted] of this.counted) {
      this.writeRepeats(kind, counted)
    }
  }

  private deduplicate(kind: string, line: string): void {
    const timer = setTimeout(() => {
      this.writeRepeats(kind, counted)
      // As long as the fault goes on, there is one line a minute.
      if (counted.repeats > 0) {
        this.deduplicate(kind, line)
      }
    }, DEDUPLICATION_MS).unref()
    const counted: Counted = { line, repeats: 0, timer }
    this.counted.set(kind, counted)
  }

  private writeRepeats(kind: string, { line, repeats, timer }: Counted): void {
    clearTimeout(timer)
    this.counted.delete(kind)
    if (repeats > 0) {
      this.logger.warn(
        `${line} (and ${repeats} more of this kind within ${DEDUPLICATION_MS / 1000} s)`
      )
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
  if (!(cause instanceof Error)) {
    return ""
  }
  return (cause as { code?: string }).code ?? cause.name
}

/** A `postgres://` URL as it may be shown: without its passwords. */
export function maskUrl(url: string): string {
  return (
    url
      // The last @ before the path: a password may hold one that was not escaped.
      .replace(
        /^(\w+:\/\/)([^:@/?]*):[^/?]*@/,
        (_, scheme, user) => `${scheme}${user}:${MASK}@`
      )
      .replace(/([?&](?:ssl)?password=)[^&]*/gi, `$1${MASK}`)
  )
}

/** Masks every URL in a text. */
export function maskUrls(text: string): string {
  return text.replace(/\bpostgres(?:ql)?:\/\/[^\s"'<>]+/gi, (url) =>
    maskUrl(url)
  )
}
