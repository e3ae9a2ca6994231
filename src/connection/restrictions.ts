import type { ServerError } from "../faults"
import { type Log, maskUrl, messageOf } from "../log"
import { canSendPrepared } from "./prepared-query"

/** Beginnings of SQLSTATEs that never are about start-up options: login, no such database, no room, shut down. */
const OTHER_REASONS = ["28", "3D", "53", "57"]

/** The words of poolers for too many connections, for which they have no code: PgBouncer's and Supavisor's. */
const NO_ROOM = [
  /query_wait_timeout|no more connections allowed/i,
  /max client connections reached|MaxClientsInSessionMode/i,
]

/**
 * What a pooler or proxy does not allow, as the connections have found out, and what to say of it. All connections of
 * a pool share one, so that each thing is found out, and logged, once.
 */
export class Restrictions {
  /** Whether there is a pooler; `undefined` until a statement has been answered. */
  pooler?: boolean
  /** Whether prepared statements are still there when they are used again. */
  namedStatements = true
  /** Whether the settings of the start-up packet are in force. */
  startupOptions = true
  /** Whether pg lets statements be sent in the cache's own way, which brings settings along. */
  readonly canSendPrepared = canSendPrepared()
  /** As the server, or the pooler, tells it at log-in; `undefined` before. */
  serverVersion?: string
  /** Called once, after the first answer to a read or a write. */
  onFirstAnswer?: () => void
  /** The database's URL without its passwords. */
  readonly address: string

  /** @param poolSize how many connections this process may open */
  constructor(
    clientUrl: string,
    private readonly poolSize: number,
    private readonly log: Log
  ) {
    this.address = maskUrl(clientUrl)
  }

  answered(): void {
    this.onFirstAnswer?.()
    this.onFirstAnswer = undefined
  }

  disableNamedStatements(): void {
    if (this.namedStatements) {
      this.namedStatements = false
      this.log.info(
        `${this.address} keeps no prepared statements, as with a pooler in transaction mode: statements are sent without names`
      )
    }
  }

  disableStartupOptions(): void {
    if (this.startupOptions) {
      this.startupOptions = false
      const how = this.canSendPrepared
        ? "sent with each statement"
        : "the role's own"
      this.log.info(
        `${this.address} takes no start-up options: isolation level, statement timeout and planner settings are ${how}`
      )
    }
  }

  /** Adds to an error which database it is about, and what helps. Several statements may share one error. */
  explain(error: Error, what: string): void {
    if (!error.message.includes(this.address)) {
      const remedy = hasNoRoom(error) ? `; ${this.remedy}` : ""
      error.message = `${what} ${this.address}: ${messageOf(error)}${remedy}`
    }
  }

  /** @param session where one is open */
  explainTimeout(error: Error, session?: { hasAnswered: boolean }): void {
    if (!session) {
      error.message += `: still connecting to ${this.address}`
    } else if (session.hasAnswered || this.pooler === false) {
      error.message += ` from ${this.address}`
    } else {
      error.message += ` from ${this.address}, which accepted the connection and has answered nothing since: a pooler seems to have no server connection left; ${this.remedy}`
    }
  }

  private get remedy(): string {
    return `allow ${this.poolSize} connections for each process, or use a pooler in transaction mode`
  }
}

/**
 * Whether a connection may have failed because start-up options were refused. PgBouncer, Neon and RDS Proxy each do so
 * in other words and with other codes: only an attempt without options shows it.
 */
export function mayRefuseStartupOptions(error: Error): boolean {
  const { code, severity } = error as ServerError
  return (
    severity !== undefined &&
    code !== undefined &&
    !OTHER_REASONS.some((reason) => code.startsWith(reason))
  )
}

function hasNoRoom({ code, message }: ServerError & Error): boolean {
  return code === "53300" || NO_ROOM.some((words) => words.test(message))
}
