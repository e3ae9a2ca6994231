import { isConnectionLost } from "../faults"
import type { Log } from "../log"
import type { Statement } from "../sql/statement"
import {
  cacheSettings,
  type ClientSettings,
  createClient,
  type OpenClient,
  type Parameter,
  type Row,
} from "./client"
import { type Sending, sendNamed, sendPrepared } from "./prepared-query"
import { mayRefuseStartupOptions, type Restrictions } from "./restrictions"

/** The server gives up a little earlier than this process, so that the connection can be kept. */
const SERVERS_SHARE_OF_TIMEOUT = 0.8

/**
 * A process of the server's: a later one may have the same number, but not the same start, which is not known before
 * the server's first answer.
 */
interface Backend {
  readonly pid: number
  readonly begun?: string
}

/** Who answers, and whether the settings of the start-up packet are in force: the timeout is one of them. */
const IDENTIFY = `select pid, backend_start::text as begun,
  extract(epoch from current_setting('statement_timeout')::interval) * 1000 as timeout
from pg_stat_activity where pid = pg_backend_pid()`

/** "Prepared statement does not exist", and "already exists": the statement was not carried out. */
const NOT_KEPT = ["26000", "42P05"]

/** A statement that is sent, or waits for its turn. */
interface Submission {
  readonly statement: Statement
  readonly parameters: readonly Parameter[]
  /** Whether it is still wanted when its turn comes. */
  isWanted(): boolean
  settle(error: Error | null, rows: Row[]): void
}

/** A connection while it is open: how statements are sent over it. */
export class Session {
  /** Whether anything was ever answered. */
  hasAnswered = false
  /** `undefined` until the server has answered, `null` where a pooler may use another one for each transaction. */
  private backend?: Backend | null
  /** Prepared over this connection; "perhaps" after an error. */
  private readonly prepared = new Map<string, "yes" | "perhaps">()
  /** Those that wait for the answer to the one before. */
  private readonly waiting: Submission[] = []
  private unanswered = 0
  private onQuiet?: () => void
  /** The error that the server sent, in answer to no statement, before it closed the connection. */
  private refusal?: Error

  /**
   * Connects, with the settings of the start-up packet where they are not refused. Keeps no process alive.
   *
   * @param signal ends the attempt: until then it takes a place among the server's connections
   */
  static async open(
    config: ClientSettings & { readonly timeoutMillis: number },
    restrictions: Restrictions,
    log: Log,
    signal: AbortSignal
  ): Promise<Session> {
    const timeoutMillis = Math.ceil(
      config.timeoutMillis * SERVERS_SHARE_OF_TIMEOUT
    )
    const settings = cacheSettings(config.connectionString, timeoutMillis)
    const connectTo = async (connectionString: string) => {
      const client = createClient({ ...config, connectionString }) as OpenClient
      // Without a listener a connection that breaks while idle would end the process.
      client.on("error", ({ message }) =>
        log.debug(`a connection broke: ${message}`)
      )
      const { connection } = client
      connection.on("parameterStatus", (status: Record<string, string>) => {
        if (status.parameterName === "server_version") {
          restrictions.serverVersion = status.parameterValue
        }
      })
      connection.stream.unref()
      signal.addEventListener("abort", () => connection.stream.destroy())
      await client.connect()
      // Encryption has replaced the stream.
      client.unref()
      const { statements } = settings
      return new Session(client, restrictions, timeoutMillis, statements)
    }
    if (!restrictions.startupOptions) {
      return connectTo(config.connectionString)
    }
    try {
      return await connectTo(settings.url)
    } catch (error) {
      if (!mayRefuseStartupOptions(error as Error)) {
        throw error
      }
      const session = await connectTo(config.connectionString)
      restrictions.disableStartupOptions()
      return session
    }
  }

  /**
   * @param timeoutMillis that the start-up packet has asked for
   * @param settings statements that set what start-up options otherwise ask for
   */
  private constructor(
    readonly client: OpenClient,
    private readonly restrictions: Restrictions,
    private readonly timeoutMillis: number,
    private readonly settings: readonly string[]
  ) {}

  /** Asks who is at the other end. Statements wait for the answer only where a pooler seems to be there. */
  identify(): void {
    const { client, restrictions } = this
    const { startupOptions } = restrictions
    const isServers = isServersPid(client.processID)
    if (!isServers && !startupOptions) {
      // Nothing is left to be found out.
      this.backend = null
      restrictions.pooler = true
      return
    }
    const awaited = isServers && startupOptions && !restrictions.pooler ? 0 : 1
    this.unanswered += awaited
    client.query<Backend & { timeout: string }>(IDENTIFY, (error, result) => {
      const row = result?.rows[0]
      if (row) {
        this.hasAnswered = true
        this.backend = row.pid === client.processID ? row : null
        restrictions.pooler = this.backend === null
        if (Number(row.timeout) !== this.timeoutMillis) {
          restrictions.disableStartupOptions()
        }
      } else if ((error as Error | null) && isConnectionLost(error)) {
        this.refusal = error
      }
      this.unanswered -= awaited
      this.sendWaiting()
    })
  }

  /** The server's process that may still be at work when the connection breaks. */
  get lastBackend(): Backend | undefined {
    const pid = this.client.processID
    const isUnknown = this.backend === undefined && isServersPid(pid)
    return this.backend ?? (isUnknown ? { pid } : undefined)
  }

  send(submission: Submission): void {
    this.waiting.push(submission)
    this.sendWaiting()
  }

  /** Ends the connection after what was sent over it. */
  async end(): Promise<void> {
    if (this.unanswered > 0) {
      await new Promise<void>((resolve) => (this.onQuiet = resolve))
    }
    await this.client.end()
  }

  /** Ends it at once. */
  destroy(): void {
    this.client.connection.stream.destroy()
  }

  /**
   * Through a pooler, one statement at a time. It may have to be sent again, because the pooler has not kept
   * what was prepared, and the next one must not overtake it. And PgBouncer before 1.21 hands the server's
   * connection on when it has passed an answer on, in the middle of the statement that follows.
   */
  private sendWaiting(): void {
    while (this.waiting.length > 0 && (this.backend || !this.unanswered)) {
      const submission = this.waiting.shift()!
      if (submission.isWanted()) {
        this.unanswered++
        this.transmit(submission, this.restrictions.namedStatements)
      }
    }
    if (this.unanswered === 0) {
      this.onQuiet?.()
    }
  }

  private transmit(submission: Submission, isNamed: boolean): void {
    const { statement, parameters } = submission
    const { startupOptions, canSendPrepared } = this.restrictions
    const name = isNamed ? statement.name : ""
    const sending: Sending = {
      text: statement.text,
      parameters,
      name,
      prepared: this.prepared.get(name) ?? "no",
      before: startupOptions ? [] : this.settings,
    }
    if (isNamed) {
      this.prepared.set(name, "yes")
    }
    const send = canSendPrepared ? sendPrepared : sendNamed
    send(this.client, sending, (error, rows) => {
      if (error && isNamed && this.wasNotKept(sending, error)) {
        this.transmit(submission, false)
        return
      }
      this.unanswered--
      this.hasAnswered ||= error === null
      const isLost = error && isConnectionLost(error)
      submission.settle(isLost ? (this.refusal ?? error) : error, rows)
      this.sendWaiting()
    })
  }

  /** Whether a statement failed because nothing is prepared under its name, or something else is. */
  private wasNotKept(
    { name, prepared }: Sending,
    { code }: Error & { code?: string }
  ): boolean {
    const wasPrepared = this.prepared.get(name) === "yes"
    if (prepared !== "yes") {
      this.prepared.set(name, "perhaps")
    }
    const isNotKept = NOT_KEPT.includes(code ?? "")
    // Otherwise the submission that should have prepared it has failed for another reason.
    if (isNotKept && wasPrepared) {
      this.restrictions.disableNamedStatements()
    }
    return isNotKept
  }
}

/** Poolers make up numbers, of 32 bits mostly, or send none; Linux has none above 2^22. */
function isServersPid(pid: number | null): pid is number {
  return pid !== null && pid > 0 && pid <= 2 ** 22
}
