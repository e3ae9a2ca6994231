import type { Client, Submittable } from "@medusajs/framework/pg"
import { isConnectionLost } from "../faults"
import type { Statement } from "../sql/statement"
import {
  type Callback,
  canSendPreparedQueries,
  PreparedQuery,
  type Sending,
  sendWithPg,
} from "./prepared-query"
import type { Restrictions } from "./restrictions"
import { type Settings, settingStatements } from "./startup-settings"

/** A value pg sends as a bound parameter; a Buffer goes in binary format. */
export type Parameter = string | number | boolean | Buffer | null
/** A row as the server sent it: text, or null. */
export type Row = readonly (string | null)[]

/** With what is missing in the types that Medusa brings along (@types/pg 8.6). */
export type OpenClient = Client & {
  readonly processID: number | null
  readonly connection: {
    readonly stream: { destroy(): void; ref(): void; unref(): void }
    /** What the server tells about itself at log-in. */
    on(
      event: "parameterStatus",
      listener: (message: {
        readonly parameterName: string
        readonly parameterValue: string
      }) => void
    ): void
  }
  ref(): void
  unref(): void
}

/** A process of the server's, told apart from a later one with the same number by when it began. */
export interface Backend {
  readonly pid: number
  readonly begun: string
}

export type LastBackend = Pick<Backend, "pid"> & Partial<Backend>

interface Identity extends Backend {
  /** Milliseconds. */
  readonly limit: string
}

/** Who answers, and whether the settings of the start-up packet are in force: the time limit is one of them. */
const IDENTIFY = `select pid, backend_start::text as begun,
  extract(epoch from current_setting('statement_timeout')::interval) * 1000 as limit
from pg_stat_activity where pid = pg_backend_pid()`

/** "Prepared statement does not exist", and "already exists": the statement was not carried out. */
const NOT_PREPARED = "26000"
const ALREADY_PREPARED = "42P05"
const NOTHING: readonly string[] = []

export interface SessionOptions {
  readonly restrictions: Restrictions
  readonly settings: Settings & { readonly statement_timeout: number }
}

interface Submission {
  readonly statement: Statement
  readonly parameters: readonly Parameter[]
  readonly callback: Callback
  /** Whether it is still wanted when its turn comes. */
  readonly isWanted: () => boolean
}

/** A connection while it is open: how statements are sent over it. */
export class Session {
  /**
   * The server's process at the other end: `undefined` until the server has answered, `null` where a pooler
   * may use another one for each transaction.
   */
  backend?: Backend | null
  /** Whether anything was ever answered. */
  hasAnswered = false
  /** Prepared over this connection; "perhaps" after an error. */
  private readonly prepared = new Map<string, "yes" | "perhaps">()
  /** For the answer to the one before. */
  private readonly waiting: Submission[] = []
  private unanswered = 0
  private onQuiet?: () => void
  /** What the server said before it closed the connection, in answer to nobody's statement. */
  private refusal?: Error | null
  private readonly canOverride: boolean
  private readonly settingStatements: readonly string[]

  constructor(
    readonly client: OpenClient,
    private readonly options: SessionOptions
  ) {
    this.canOverride = canSendPreparedQueries(client)
    this.settingStatements = settingStatements(options.settings)
  }

  /** Asks who is at the other end. Statements wait for the answer only where a pooler seems to be there. */
  identify(): void {
    const { restrictions, settings } = this.options
    const isServers = isServersPid(this.client.processID)
    if (!isServers && !restrictions.startupOptions) {
      // Nothing is left to be found out.
      this.backend = null
      restrictions.pooler = true
      return
    }
    const isAwaited =
      !isServers || !restrictions.startupOptions || restrictions.pooler
    this.unanswered += isAwaited ? 1 : 0
    this.client.query<Identity>(IDENTIFY, (error, result) => {
      const row = result?.rows[0]
      if (row) {
        this.hasAnswered = true
        this.backend = row.pid === this.client.processID ? row : null
        restrictions.pooler = this.backend === null
        if (Number(row.limit) !== settings.statement_timeout) {
          this.lackSettings()
        }
      }
      this.refusal =
        (error as Error | null) && isConnectionLost(error) ? error : null
      this.unanswered -= isAwaited ? 1 : 0
      this.goOn()
    })
  }

  /** The settings of the start-up packet are not in force: statements bring them along. */
  lackSettings(): void {
    this.options.restrictions.loseStartupOptions(this.canOverride)
  }

  /**
   * The server's process that may still be at work when the connection breaks. When it began is unknown
   * until the server has told it.
   */
  get lastBackend(): LastBackend | undefined {
    const { processID } = this.client
    const isUnknown = this.backend === undefined && isServersPid(processID)
    return this.backend ?? (isUnknown ? { pid: processID } : undefined)
  }

  send(submission: Submission): void {
    if (this.isBusy || this.waiting.length > 0) {
      this.waiting.push(submission)
    } else {
      this.submit(submission)
    }
  }

  /** Ends the connection after what was sent over it. */
  end(): Promise<void> {
    if (this.unanswered === 0) {
      return this.client.end()
    }
    return new Promise((resolve, reject) => {
      this.onQuiet = () => void this.client.end().then(resolve, reject)
    })
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
  private get isBusy(): boolean {
    return this.unanswered > 0 && !this.backend
  }

  private goOn(): void {
    while (this.waiting.length > 0 && !this.isBusy) {
      this.submit(this.waiting.shift()!)
    }
    if (this.unanswered === 0 && this.onQuiet) {
      this.onQuiet()
      this.onQuiet = undefined
    }
  }

  private submit(submission: Submission): void {
    if (!submission.isWanted()) {
      return
    }
    this.unanswered++
    this.transmit(submission, this.options.restrictions.namedStatements)
  }

  private transmit(submission: Submission, isNamed: boolean): void {
    const { statement, parameters } = submission
    const { text } = statement
    const name = isNamed ? statement.name : ""
    const prepared = this.prepared.get(name) ?? "no"
    if (isNamed) {
      this.prepared.set(name, "yes")
    }
    const before = this.options.restrictions.startupOptions
      ? NOTHING
      : this.settingStatements
    const sending: Sending = { text, parameters, name, prepared, before }
    const callback: Callback = (error, rows) => {
      if (error && isNamed && this.retry(submission, error, prepared)) {
        return
      }
      this.settle(submission, error, rows)
    }
    if (this.canOverride) {
      const query = new PreparedQuery(sending, callback)
      this.client.query(query as unknown as Submittable)
    } else {
      sendWithPg(this.client, sending, callback)
    }
  }

  /** @returns whether it was sent again, without a name */
  private retry(
    submission: Submission,
    error: Error & { code?: string },
    prepared: Sending["prepared"]
  ): boolean {
    const { name } = submission.statement
    const wasPrepared = this.prepared.get(name) === "yes"
    if (prepared !== "yes") {
      this.prepared.set(name, "perhaps")
    }
    if (error.code !== NOT_PREPARED && error.code !== ALREADY_PREPARED) {
      return false
    }
    // Else the statement before it, which was to prepare it, has failed for a reason of its own.
    if (wasPrepared) {
      this.options.restrictions.loseNamedStatements()
    }
    this.transmit(submission, false)
    return true
  }

  private settle(
    { callback }: Submission,
    error: Error | null,
    rows: Row[]
  ): void {
    this.unanswered--
    this.hasAnswered ||= error === null
    callback(
      error && isConnectionLost(error) ? (this.refusal ?? error) : error,
      rows
    )
    this.goOn()
  }
}

/** Poolers make up numbers, of 32 bits mostly, or send none; Linux has none above 2^22. */
function isServersPid(pid: number | null): pid is number {
  return pid !== null && pid > 0 && pid <= 2 ** 22
}
