import {
  Client,
  type ClientConfig,
  type Submittable,
} from "@medusajs/framework/pg"
import { PreparedQuery } from "./prepared-query"
import {
  refusesStartupOptions,
  type Settings,
  withSettings,
} from "./startup-settings"
import type { Log } from "../log"
import type { Statement } from "../sql/statement"
import type { StatementSpans } from "../telemetry"

/** A value pg sends as a bound parameter; a Buffer goes in binary format. */
export type Parameter = string | number | boolean | Buffer | null
/** A row as the server sent it: text, or null. */
export type Row = readonly (string | null)[]

/** Missing in the types that Medusa brings along (@types/pg 8.6). */
type UnrefableClient = Client & { ref(): void; unref(): void }

export type ConnectionConfig = ClientConfig & { connectionString: string }

/**
 * One connection: opened at its first statement and again after it broke, closed when idle for long,
 * and never what keeps a process alive. Statements may be sent while others are under way; they are carried
 * out in that order, each in a transaction of its own.
 */
export class Connection {
  private client?: Promise<UnrefableClient>
  private underWay = 0
  private idleTimer?: NodeJS.Timeout
  /** A pooler stands in between that does not take planner settings. */
  private untunable = false

  constructor(
    private readonly config: ConnectionConfig,
    private readonly settings: Settings,
    private readonly idleTimeoutMillis: number,
    private readonly log: Log,
    private readonly spans: StatementSpans
  ) {}

  get isOpen(): boolean {
    return this.client !== undefined
  }

  /** How many statements wait for their answer. */
  get load(): number {
    return this.underWay
  }

  /** Runs one prepared statement, which is its own transaction. */
  async run(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    this.underWay++
    const opening = (this.client ??= this.open())
    let client: UnrefableClient | undefined
    try {
      const opened = (client = await opening)
      opened.ref()
      return await this.spans.record(statement, () =>
        query(opened, statement, parameters)
      )
    } finally {
      this.underWay--
      if (this.underWay === 0 && client && this.client === opening) {
        this.rest(client)
      }
    }
  }

  /** Ends the connection after what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.idleTimer)
    this.idleTimer = undefined
    const client = this.client
    this.client = undefined
    await client?.then((opened) => opened.end()).catch(() => {})
  }

  private open(): Promise<UnrefableClient> {
    const opened = this.connectTuned()
    const forget = () => {
      if (this.client === opened) {
        this.client = undefined
      }
    }
    opened.then((client) => client.on("end", forget), forget)
    return opened
  }

  private async connectTuned(): Promise<UnrefableClient> {
    if (this.untunable) {
      return this.connect(this.config.connectionString)
    }
    try {
      return await this.connect(
        withSettings(this.config.connectionString, this.settings)
      )
    } catch (error) {
      if (!refusesStartupOptions(error as Error)) {
        throw error
      }
      this.untunable = true
      return this.connectTuned()
    }
  }

  private async connect(connectionString: string): Promise<UnrefableClient> {
    const client = new Client({
      ...this.config,
      connectionString,
    }) as UnrefableClient
    // Without a listener a connection that breaks while idle would end the process.
    client.on("error", (error) =>
      this.log.debug(`a connection broke: ${error.message}`)
    )
    await client.connect()
    return client
  }

  /** Nothing is under way: the process may end, and after a while the connection does. */
  private rest(client: UnrefableClient): void {
    client.unref()
    if (this.idleTimeoutMillis > 0) {
      // Put off rather than set anew: this happens after every statement that comes alone.
      this.idleTimer ??= setTimeout(
        () => this.closeIfIdle(),
        this.idleTimeoutMillis
      ).unref()
      this.idleTimer.refresh()
    }
  }

  private closeIfIdle(): void {
    if (this.underWay === 0) {
      void this.close()
    }
  }
}

function query(
  client: Client,
  statement: Statement,
  parameters: Parameter[]
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const prepared = new PreparedQuery(statement, parameters, (error, rows) =>
      error ? reject(error) : resolve(rows)
    )
    client.query(prepared as unknown as Submittable)
  })
}
