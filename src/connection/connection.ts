import type { ClientConfig } from "@medusajs/framework/pg"
import { isConnectionLost, TimeLimitError } from "../faults"
import type { Log } from "../log"
import type { Statement } from "../sql/statement"
import type { StatementSpans } from "../telemetry"
import { atMost } from "./at-most"
import { createClient } from "./client-config"
import { ErrorTexts } from "./error-texts"
import { Fence } from "./fence"
import type { Restrictions } from "./restrictions"
import { type OpenClient, type Parameter, type Row, Session } from "./session"
import {
  ISOLATION,
  mayRefuseStartupOptions,
  PLANNER_SETTINGS,
  SEARCH_PATH,
  type Settings,
  refusesStartupOptions,
  withSettings,
} from "./startup-settings"

export interface ConnectionConfig extends ClientConfig {
  readonly connectionString: string
  /** Milliseconds after which an idle connection is closed; 0 keeps it. */
  readonly idleMillis: number
  /** Milliseconds after which a statement counts as failed: from when it was made until it is sent, and from then on. */
  readonly limitMillis: number
  /** Whether a statement whose answer was lost must have ended before the next one begins. */
  readonly fenced?: boolean
  /** Whether it never keeps the process alive, not even with a statement under way. */
  readonly unattended?: boolean
  /** How many connections this process may open; error messages say it. */
  readonly poolSize: number
}

/** The server gives up a little earlier than this process, so that the connection can be kept. */
const SERVERS_SHARE_OF_LIMIT = 0.8

/** What is under way may take so long when a connection is closed. */
const CLOSING_MS = 1_000

interface Call {
  readonly statement: Statement
  readonly parameters: Parameter[]
  /** When it was made, and once sent, when that was; by `performance.now()`. */
  begun: number
  readonly resolve: (rows: Row[]) => void
  readonly reject: (error: Error) => void
  givenUp: boolean
}

/**
 * One connection: opened at its first statement and again after it broke, closed when idle for long,
 * and never what keeps a process alive. Statements may be sent while others are under way; they are carried
 * out in that order, each in a transaction of its own.
 */
export class Connection {
  private session?: Promise<Session>
  /** The same, once it is open. */
  private opened?: Session
  /** The client that is being connected, or was last. */
  private connecting?: OpenClient
  /** When it was last begun to open one, by `performance.now()`. */
  private attemptedAt = 0
  /** Oldest first. */
  private calls: Call[] = []
  private limitTimer?: NodeJS.Timeout
  private idleTimer?: NodeJS.Timeout
  private readonly fence?: Fence
  private readonly texts: ErrorTexts

  constructor(
    private readonly config: ConnectionConfig,
    private readonly restrictions: Restrictions,
    private readonly log: Log,
    private readonly spans: StatementSpans,
    private readonly onLost: () => void
  ) {
    this.fence = config.fenced ? new Fence() : undefined
    this.texts = new ErrorTexts(restrictions, config.poolSize)
  }

  get isOpen(): boolean {
    return this.session !== undefined
  }

  /** How many statements wait for their answer. */
  get load(): number {
    return this.calls.length
  }

  /**
   * Runs one prepared statement, which is its own transaction.
   *
   * @throws {TimeLimitError} when there was no answer in time: what became of it is not known
   */
  run(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const call: Call = {
        statement,
        parameters,
        begun: performance.now(),
        resolve,
        reject,
        givenUp: false,
      }
      this.calls.push(call)
      this.limitTimer ??= this.startLimit(this.config.limitMillis)
      if (this.opened) {
        this.send(this.opened, call)
        return
      }
      this.session ??= this.open()
      this.keepAliveIfAwaited()
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
    const { session } = this
    this.session = this.opened = undefined
    // The callers of one that could not be opened have been told.
    const ended = session?.then((opened) => opened.end()).catch(() => {})
    if (ended && !(await atMost(CLOSING_MS, ended))) {
      // With its stream gone, the client itself fails what it has not answered.
      session?.then((stuck) => stuck.destroy()).catch(() => {})
    }
  }

  /**
   * Ends the connection at once; what is under way fails. One that is being opened goes on: a far server
   * takes longer to connect to than a statement may take.
   */
  destroy(error: Error): void {
    const { opened } = this
    this.giveUp(error)
    if (opened) {
      this.session = this.opened = undefined
      this.fence?.lost(opened)
      opened.destroy()
    }
  }

  /**
   * Has one that is still being opened begin anew at the next statement: another connection has been opened
   * faster, so this attempt is stuck.
   *
   * @param begun attempts made before are meant, by `performance.now()`
   * @returns whether there was one
   */
  abandonAttempt(begun: number): boolean {
    const isStuck =
      this.session !== undefined && !this.opened && this.attemptedAt < begun
    if (isStuck) {
      const stuck = this.session!
      this.session = undefined
      this.giveUp(new Error("connecting took longer than it should"))
      stuck.then((late) => late.end()).catch(() => {})
    }
    return isStuck
  }

  /** A slow attempt to connect keeps the process alive only while somebody waits for it. */
  private keepAliveIfAwaited(): void {
    if (this.opened || !this.connecting) {
      return
    }
    const { stream } = this.connecting.connection
    if (this.calls.length > 0 && !this.config.unattended) {
      stream.ref()
    } else {
      stream.unref()
    }
  }

  private send(session: Session, call: Call): void {
    if (call.givenUp) {
      // Its caller has gone on, and what it wanted may be outdated.
      return
    }
    if (!this.config.unattended) {
      session.client.ref()
    }
    // Connecting has taken its own time, and says nothing about a connection that is open now.
    call.begun = performance.now()
    const end = this.spans.begin(call.statement)
    session.send({
      statement: call.statement,
      parameters: call.parameters,
      isWanted: () => !call.givenUp,
      callback: (error, rows) => {
        end?.(error)
        if (error && isConnectionLost(error)) {
          this.fence?.lost(session)
          this.texts.lost(error)
        }
        this.settle(call, error, rows)
        this.restIfIdle(session)
      },
    })
  }

  private settle(call: Call, error: Error | null, rows: Row[]): void {
    this.calls = this.calls.filter((other) => other !== call)
    if (error) {
      call.reject(error)
    } else {
      call.resolve(rows)
      if (!this.config.unattended) {
        this.restrictions.answered()
      }
    }
  }

  private startLimit(millis: number): NodeJS.Timeout {
    // Where this process itself was held up, answers may lie ready: they come first.
    return setTimeout(
      () => setImmediate(() => this.checkLimit()),
      millis
    ).unref()
  }

  /** One timer for all that is under way: what was sent first is answered first. */
  private checkLimit(): void {
    this.limitTimer = undefined
    const [oldest] = this.calls
    if (!oldest) {
      return
    }
    const { limitMillis } = this.config
    const left = oldest.begun + limitMillis - performance.now()
    if (left > 0) {
      this.limitTimer = this.startLimit(Math.ceil(left))
    } else {
      const error = new TimeLimitError(limitMillis)
      this.texts.noAnswer(error, this.opened)
      this.destroy(error)
    }
  }

  private giveUp(error: Error): void {
    for (const call of this.calls) {
      call.givenUp = true
      call.reject(error)
    }
    this.calls = []
    this.keepAliveIfAwaited()
  }

  private open(): Promise<Session> {
    this.attemptedAt = performance.now()
    const opening = this.connectTuned()
    const forget = () => {
      const isLost = this.session === opening
      if (isLost) {
        this.session = this.opened = undefined
      }
      return isLost
    }
    opening.then((session) => {
      session.client.on("end", () => forget() && this.onLost())
      if (this.session === opening) {
        this.opened = session
        // Its callers may have given up meanwhile.
        this.restIfIdle(session)
      }
    }, forget)
    return opening
  }

  private async connectTuned(): Promise<Session> {
    const { connectionString } = this.config
    const { settings } = this
    try {
      if (!this.restrictions.startupOptions) {
        return await this.connect(connectionString)
      }
      const tuned = withSettings(connectionString, {
        ...settings,
        ...ISOLATION,
      })
      try {
        return await this.connect(tuned)
      } catch (error) {
        if (
          !refusesStartupOptions(error as Error) &&
          !mayRefuseStartupOptions(error as Error)
        ) {
          throw error
        }
        const session = await this.connect(connectionString)
        session.lackSettings()
        return session
      }
    } catch (error) {
      this.texts.cannotConnect(error as Error)
      throw error
    }
  }

  private get settings(): Settings & {
    readonly statement_timeout: number
  } {
    const { limitMillis } = this.config
    return {
      ...PLANNER_SETTINGS,
      ...SEARCH_PATH,
      statement_timeout: Math.ceil(limitMillis * SERVERS_SHARE_OF_LIMIT),
    }
  }

  private async connect(connectionString: string): Promise<Session> {
    const client = createClient({
      ...this.config,
      connectionString,
    }) as OpenClient
    // Without a listener a connection that breaks while idle would end the process.
    client.on("error", (error) =>
      this.log.debug(`a connection broke: ${error.message}`)
    )
    client.connection.on(
      "parameterStatus",
      ({ parameterName, parameterValue }) => {
        if (parameterName === "server_version") {
          this.restrictions.serverVersion = parameterValue
        }
      }
    )
    this.connecting = client
    this.keepAliveIfAwaited()
    await client.connect()
    const session = new Session(client, {
      restrictions: this.restrictions,
      settings: this.settings,
    })
    try {
      await this.fence?.raise(session)
    } catch (error) {
      session.destroy()
      throw error
    }
    session.identify()
    return session
  }

  /** Nothing is under way: the process may end, and after a while the connection does. */
  private restIfIdle(session: Session): void {
    if (this.calls.length > 0 || this.opened !== session) {
      return
    }
    session.client.unref()
    if (this.config.idleMillis > 0) {
      // Put off rather than set anew: this happens after every statement that comes alone.
      this.idleTimer ??= setTimeout(
        () => this.closeIfIdle(),
        this.config.idleMillis
      ).unref()
      this.idleTimer.refresh()
    }
  }

  private closeIfIdle(): void {
    if (this.calls.length === 0) {
      void this.close()
    }
  }
}
