import type { Client, ClientConfig, Submittable } from "@medusajs/framework/pg"
import { isConnectionLost, TimeLimitError } from "../faults"
import type { Log } from "../log"
import type { Statement } from "../sql/statement"
import type { StatementSpans } from "../telemetry"
import { atMost } from "./at-most"
import { createClient } from "./client-config"
import { Fence } from "./fence"
import { PreparedQuery } from "./prepared-query"
import {
  ISOLATION,
  PLANNER_SETTINGS,
  refusesStartupOptions,
  withSettings,
} from "./startup-settings"

/** A value pg sends as a bound parameter; a Buffer goes in binary format. */
export type Parameter = string | number | boolean | Buffer | null
/** A row as the server sent it: text, or null. */
export type Row = readonly (string | null)[]

/** With what is missing in the types that Medusa brings along (@types/pg 8.6). */
export type OpenClient = Client & {
  readonly processID: number
  readonly connection: { readonly stream: { destroy(): void; unref(): void } }
  ref(): void
  unref(): void
}

export interface ConnectionConfig extends ClientConfig {
  readonly connectionString: string
  /** Milliseconds after which an idle connection is closed; 0 keeps it. */
  readonly idleMillis: number
  /** Milliseconds after which a statement counts as failed, the time to connect included. */
  readonly limitMillis: number
  /** Whether a statement whose answer was lost must have ended before the next one begins. */
  readonly fenced?: boolean
  /** Whether it never keeps the process alive, not even with a statement under way. */
  readonly unattended?: boolean
}

/** The server gives up a little earlier than this process, so that the connection can be kept. */
const SERVERS_SHARE_OF_LIMIT = 0.8

/** What is under way may take so long when a connection is closed. */
const CLOSING_MS = 1_000

interface Call {
  readonly statement: Statement
  readonly parameters: Parameter[]
  readonly begun: number
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
  private client?: Promise<OpenClient>
  /** The same, once it is open. */
  private opened?: OpenClient
  /** Oldest first. */
  private calls: Call[] = []
  private limitTimer?: NodeJS.Timeout
  private idleTimer?: NodeJS.Timeout
  /** A pooler stands in between that does not take settings. */
  private untunable = false
  private readonly fence?: Fence

  constructor(
    private readonly config: ConnectionConfig,
    private readonly log: Log,
    private readonly spans: StatementSpans,
    private readonly onLost: () => void
  ) {
    this.fence = config.fenced ? new Fence() : undefined
  }

  get isOpen(): boolean {
    return this.client !== undefined
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
      this.client ??= this.open()
      this.client.then(
        (client) => this.send(client, call),
        (error: Error) => this.settle(call, error, [])
      )
    })
  }

  /** Ends the connection after what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.idleTimer)
    this.idleTimer = undefined
    const client = this.client
    this.client = this.opened = undefined
    // One that could not be opened has been reported to whoever asked for it.
    const ended = client?.then((opened) => opened.end()).catch(() => {})
    if (ended && !(await atMost(CLOSING_MS, ended))) {
      // With its stream gone, the client itself fails what it has not answered.
      client?.then((stuck) => stuck.connection.stream.destroy()).catch(() => {})
    }
  }

  /** Ends the connection at once; what is under way fails. */
  destroy(error: Error): void {
    const { client, opened } = this
    this.client = this.opened = undefined
    this.giveUp(error)
    if (opened) {
      this.fence?.lost(opened)
      opened.connection.stream.destroy()
    } else {
      client?.then((late) => late.end()).catch(() => {})
    }
  }

  private send(client: OpenClient, call: Call): void {
    if (call.givenUp) {
      // Its caller has gone on, and what it wanted may be outdated.
      return
    }
    if (!this.config.unattended) {
      client.ref()
    }
    const end = this.spans.begin(call.statement)
    const query = new PreparedQuery(
      call.statement,
      call.parameters,
      (error, rows) => {
        end?.(error)
        if (error && isConnectionLost(error)) {
          this.fence?.lost(client)
        }
        this.settle(call, error, rows)
        if (this.calls.length === 0 && this.opened === client) {
          this.rest(client)
        }
      }
    )
    client.query(query as unknown as Submittable)
  }

  private settle(call: Call, error: Error | null, rows: Row[]): void {
    this.calls = this.calls.filter((other) => other !== call)
    if (error) {
      call.reject(error)
    } else {
      call.resolve(rows)
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
    } else if (this.opened) {
      this.destroy(new TimeLimitError(limitMillis))
    } else {
      // Connecting may take longer than a statement, and has a limit of its own.
      this.giveUp(new TimeLimitError(limitMillis))
    }
  }

  private giveUp(error: Error): void {
    for (const call of this.calls) {
      call.givenUp = true
      call.reject(error)
    }
    this.calls = []
  }

  private open(): Promise<OpenClient> {
    const opening = this.connectTuned()
    const forget = () => {
      const isLost = this.client === opening
      if (isLost) {
        this.client = this.opened = undefined
      }
      return isLost
    }
    opening.then((client) => {
      client.on("end", () => forget() && this.onLost())
      if (this.client === opening) {
        this.opened = client
      }
    }, forget)
    return opening
  }

  private async connectTuned(): Promise<OpenClient> {
    const { connectionString, limitMillis } = this.config
    if (this.untunable) {
      return this.connect(connectionString)
    }
    try {
      const statement_timeout = Math.ceil(limitMillis * SERVERS_SHARE_OF_LIMIT)
      return await this.connect(
        withSettings(connectionString, {
          ...PLANNER_SETTINGS,
          ...ISOLATION,
          statement_timeout,
        })
      )
    } catch (error) {
      if (!refusesStartupOptions(error as Error)) {
        throw error
      }
      this.untunable = true
      return this.connectTuned()
    }
  }

  private async connect(connectionString: string): Promise<OpenClient> {
    const client = createClient({
      ...this.config,
      connectionString,
    }) as OpenClient
    // Without a listener a connection that breaks while idle would end the process.
    client.on("error", (error) =>
      this.log.debug(`a connection broke: ${error.message}`)
    )
    if (this.config.unattended) {
      client.connection.stream.unref()
    }
    await client.connect()
    try {
      await this.fence?.raise(client)
    } catch (error) {
      client.connection.stream.destroy()
      throw error
    }
    return client
  }

  /** Nothing is under way: the process may end, and after a while the connection does. */
  private rest(client: OpenClient): void {
    client.unref()
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
