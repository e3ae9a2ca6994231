import { isConnectionLost, TimeLimitError } from "../faults"
import type { Log } from "../log"
import type { Statement } from "../sql/statement"
import type { Metrics } from "../telemetry"
import type { ClientSettings, Parameter, Row } from "./client"
import type { Fence } from "./fence"
import type { Restrictions } from "./restrictions"
import { Session } from "./session"
import { atMost } from "./waiting"

export interface ConnectionConfig extends ClientSettings {
  /** Milliseconds after which an idle connection is closed; 0 keeps it. */
  readonly idleMillis: number
  /** Milliseconds after which a statement has failed: from when it was asked for until it is sent, and from then on. */
  readonly timeoutMillis: number
  /** Where a statement whose answer was lost must have ended before the next one begins. */
  readonly fence?: Fence
  /** Whether a statement under way keeps the process alive; not where no caller waits for it. */
  readonly keepsProcessAlive: boolean
}

/** How long what is under way may take when a connection is closed. */
const CLOSING_MS = 1_000

interface Call {
  readonly statement: Statement
  readonly parameters: Parameter[]
  /** When it was asked for, and once sent, when that was; by `performance.now()`. */
  begun: number
  readonly resolve: (rows: Row[]) => void
  readonly reject: (error: Error) => void
}

/**
 * One connection: opened at its first statement and again after it broke, and closed when idle for long. Unless told
 * otherwise it does not keep a process alive. Statements may be sent while others are under way; they are carried out
 * in that order, each in a transaction of its own.
 */
export class Connection {
  private session?: Promise<Session>
  /** The same, once it is open. */
  private opened?: Session
  /** When the last attempt to open one began, by `performance.now()`. */
  private attemptedAt = 0
  /** Ends that attempt. */
  private attempt = new AbortController()
  /** Oldest first. A call that has been given up is not among them. */
  private readonly calls = new Set<Call>()
  private timeoutTimer?: NodeJS.Timeout
  private idleTimer?: NodeJS.Timeout

  constructor(
    private readonly config: ConnectionConfig,
    private readonly restrictions: Restrictions,
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly onLost: () => void
  ) {}

  get isOpen(): boolean {
    return this.session !== undefined
  }

  /** How many statements wait for their answer. */
  get load(): number {
    return this.calls.size
  }

  /**
   * Runs one prepared statement, which is its own transaction.
   *
   * @throws {TimeLimitError} when there was no answer in time: what became of it is not known
   */
  run(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const begun = performance.now()
      const call: Call = { statement, parameters, begun, resolve, reject }
      this.calls.add(call)
      this.startTimer(this.config.timeoutMillis)
      if (this.opened) {
        this.send(this.opened, call)
        return
      }
      this.session ??= this.open()
      this.session.then(
        (session) => this.send(session, call),
        (error: Error) => this.settle(call, error, [])
      )
    })
  }

  /** Ends the connection after what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.idleTimer)
    this.idleTimer = undefined
    const { session, attempt } = this
    this.session = this.opened = undefined
    // If it could not be opened, its callers already have the error.
    const ended = session?.then((opened) => opened.end()).catch(() => {})
    if (ended && !(await atMost(CLOSING_MS, ended))) {
      attempt.abort()
      // With its stream gone, the client itself fails what it has not answered.
      session?.then((stuck) => stuck.destroy()).catch(() => {})
    }
  }

  /**
   * Ends the connection at once; what is under way fails. One that is being opened goes on: a far server takes longer to
   * connect to than a statement may take.
   */
  destroy(error: Error): void {
    const { opened } = this
    this.giveUp(error)
    if (opened) {
      this.session = this.opened = undefined
      this.config.fence?.lost(opened)
      opened.destroy()
    }
  }

  /**
   * Abandons an attempt to connect that is stuck, as a later one has succeeded. The next statement starts a new one.
   *
   * @param begun attempts made before are meant, by `performance.now()`
   * @param leastMillis an attempt that has lasted less, and less than a statement may, is left: it may be about to succeed
   * @returns whether there was one
   */
  abandonAttempt(begun: number, leastMillis = 0): boolean {
    const { session } = this
    const least = Math.min(this.config.timeoutMillis, leastMillis)
    const latest = Math.min(begun, performance.now() - least)
    if (!session || this.opened || this.attemptedAt >= latest) {
      return false
    }
    this.session = undefined
    this.giveUp(new Error("connecting took longer than it should"))
    this.attempt.abort()
    // It may just have succeeded.
    session.then((late) => late.destroy()).catch(() => {})
    return true
  }

  private send(session: Session, call: Call): void {
    // Once it is given up, its caller has gone on, and what it wanted may be outdated.
    const isWanted = () => this.calls.has(call)
    if (!isWanted()) {
      return
    }
    // Connecting has taken its own time, and says nothing about a connection that is open now.
    call.begun = performance.now()
    const { statement, parameters } = call
    const endSpan = this.metrics.beginStatement(statement)
    const settle = (error: Error | null, rows: Row[]) => {
      endSpan?.(error)
      if (error && isConnectionLost(error)) {
        this.config.fence?.lost(session)
        this.restrictions.explain(error, "lost the connection to")
      }
      this.settle(call, error, rows)
      this.startIdleTimer(session)
    }
    session.send({ statement, parameters, isWanted, settle })
  }

  private settle(call: Call, error: Error | null, rows: Row[]): void {
    this.calls.delete(call)
    this.keepAliveIfAwaited()
    if (error) {
      call.reject(error)
    } else {
      call.resolve(rows)
      // The first answer to a caller is logged; one to the background is not.
      if (this.config.keepsProcessAlive) {
        this.restrictions.answered()
      }
    }
  }

  /** One timer for all that is under way: what was sent first is answered first. */
  private startTimer(millis: number): void {
    // Where this process itself was held up, answers may lie ready: they come first.
    const check = () => setImmediate(() => this.checkTimeout())
    this.timeoutTimer ??= setTimeout(check, millis)
    this.keepAliveIfAwaited()
  }

  private checkTimeout(): void {
    this.timeoutTimer = undefined
    const [oldest] = this.calls
    if (!oldest) {
      return
    }
    const { timeoutMillis } = this.config
    const left = oldest.begun + timeoutMillis - performance.now()
    if (left > 0) {
      this.startTimer(Math.ceil(left))
    } else {
      const error = new TimeLimitError(timeoutMillis)
      this.restrictions.explainTimeout(error, this.opened)
      this.destroy(error)
    }
  }

  private giveUp(error: Error): void {
    this.calls.forEach((call) => call.reject(error))
    this.calls.clear()
    this.keepAliveIfAwaited()
  }

  private open(): Promise<Session> {
    this.attemptedAt = performance.now()
    this.attempt = new AbortController()
    const opening = this.connect()
    const forget = () => {
      const isCurrent = this.session === opening
      if (isCurrent) {
        this.session = this.opened = undefined
      }
      return isCurrent
    }
    opening.then((session) => {
      session.client.on("end", () => forget() && this.onLost())
      if (this.session === opening) {
        this.opened = session
        // Its callers may have given up meanwhile.
        this.startIdleTimer(session)
      }
    }, forget)
    return opening
  }

  private async connect(): Promise<Session> {
    const { config, restrictions } = this
    try {
      const { signal } = this.attempt
      const session = await Session.open(config, restrictions, this.log, signal)
      await config.fence?.terminateLost(session).catch((error: unknown) => {
        session.destroy()
        throw error
      })
      session.identify()
      return session
    } catch (error) {
      restrictions.explain(error as Error, "cannot connect to")
      throw error
    }
  }

  /** The connection never keeps the process alive; the timer does while somebody waits for an answer. */
  private keepAliveIfAwaited(): void {
    const isAwaited = this.calls.size > 0 && this.config.keepsProcessAlive
    this.timeoutTimer?.[isAwaited ? "ref" : "unref"]()
  }

  /** Nothing is under way: after a while the connection ends. */
  private startIdleTimer(session: Session): void {
    const { idleMillis } = this.config
    if (this.calls.size > 0 || this.opened !== session || idleMillis === 0) {
      return
    }
    const closeIfIdle = () => this.calls.size === 0 && void this.close()
    // Put off rather than set anew: this happens after every statement that comes alone.
    this.idleTimer ??= setTimeout(closeIfIdle, idleMillis).unref()
    this.idleTimer.refresh()
  }
}
