import { setTimeout as sleep } from "node:timers/promises"
import { type Log, messageOf } from "../log"
import { isOutage, withRemedy } from "./outage"

const FIRST_WAIT_MS = 50
/** A database that is back is noticed within this time. */
const MAX_WAIT_MS = 1_000
/** Spreads the attempts of processes that lost the database together. */
const JITTER = 0.3
/** After a recovery that was shorter, the waits of the outage before it continue. */
const STABLE_MS = 10_000

interface Guarded {
  /** For the log: what an open breaker means. */
  readonly whileOpen: string
  /** For the log: what is possible again. */
  readonly onceClosed: string
  /** Whether another breaker's line in the log says enough. */
  isLoggedElsewhere?(): boolean
  /** Called when the breaker opens. */
  opened(reason: unknown): void
  /** Tries what the breaker protects; rejects as long as it fails. */
  attempt(): Promise<void>
}

/**
 * A circuit breaker. While it is open, it only makes one attempt at a time, with growing pauses; the first that
 * succeeds closes it.
 */
export class CircuitBreaker {
  whenClosed?: () => void
  /** When it opened or closed last, or was made. */
  since = new Date()
  /** Why it is open, as of the last attempt. */
  reason?: string
  private openedAt?: number
  private closedAt = -Infinity
  private wait = FIRST_WAIT_MS
  private suspicion?: Promise<boolean>
  /** Whether the log says that it is open; repeats are counted. */
  private isLogged = false
  private isStopped = false

  constructor(
    private readonly log: Log,
    private readonly guarded: Guarded
  ) {}

  get isClosed(): boolean {
    return this.openedAt === undefined
  }

  /**
   * Opens if an attempt fails, too: one slow or refused answer says nothing about the others.
   *
   * @returns whether it is closed then
   */
  suspect(): Promise<boolean> {
    if (!this.isClosed || this.isStopped) {
      return Promise.resolve(this.isClosed)
    }
    this.suspicion ??= this.guarded
      .attempt()
      .catch((error: unknown) => this.open(error))
      .finally(() => (this.suspicion = undefined))
      .then(() => this.isClosed)
    return this.suspicion
  }

  /**
   * Logs that something has failed and what follows from it, unless an attempt finds that the database is away: then
   * the log says that instead.
   */
  async failed(what: string, error: unknown): Promise<void> {
    if (!isOutage(error) || (await this.suspect())) {
      this.log.warn(what, error)
    }
  }

  open(reason: unknown): void {
    if (!this.isClosed || this.isStopped) {
      return
    }
    const now = performance.now()
    if (now - this.closedAt > STABLE_MS) {
      this.wait = FIRST_WAIT_MS
    }
    this.openedAt = now
    this.since = new Date()
    this.guarded.opened(reason)
    this.isLogged = this.warn(reason)
    void this.recover()
  }

  stop(): void {
    this.isStopped = true
  }

  private async recover(): Promise<void> {
    for (;;) {
      const wait = this.wait * (1 - JITTER * Math.random())
      await sleep(wait, undefined, { ref: false })
      if (this.isStopped) {
        return
      }
      this.wait = Math.min(this.wait * 2, MAX_WAIT_MS)
      try {
        await this.guarded.attempt()
        break
      } catch (error) {
        this.isLogged = this.warn(error) || this.isLogged
      }
    }
    const now = performance.now()
    const seconds = (now - this.openedAt!) / 1000
    this.openedAt = undefined
    this.closedAt = now
    this.since = new Date()
    this.reason = undefined
    const line = `${this.guarded.onceClosed} after ${seconds.toFixed(1)} s`
    this.log[this.isLogged ? "info" : "debug"](line)
    this.whenClosed?.()
  }

  /** Repeats are one line a minute, with the present reason. */
  private warn(reason: unknown): boolean {
    const explained = withRemedy(reason)
    this.reason = messageOf(explained)
    return (
      !this.guarded.isLoggedElsewhere?.() &&
      this.log.warn(this.guarded.whileOpen, explained)
    )
  }
}
