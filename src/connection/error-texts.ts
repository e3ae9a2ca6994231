import type { Restrictions } from "./restrictions"
import type { Session } from "./session"

interface ServerError extends Error {
  readonly code?: string
}

const TOO_MANY_CONNECTIONS = "53300"
/** The words of poolers and proxies, which have no code for it. */
const NO_ROOM = [
  // PgBouncer: no server connection became free in time, or there are too many clients.
  /query_wait_timeout/i,
  /no more connections allowed/i,
  // Supavisor.
  /max client connections reached|MaxClientsInSessionMode/i,
]

/** Has errors say which database they are about, and what helps. */
export class ErrorTexts {
  constructor(
    private readonly restrictions: Restrictions,
    /** How many connections this process may open. */
    private readonly poolSize: number
  ) {}

  cannotConnect(error: Error): void {
    this.nameDatabase(error, "cannot connect to")
  }

  lost(error: Error): void {
    this.nameDatabase(error, "lost the connection to")
  }

  /** @param session where one was open */
  noAnswer(error: Error, session: Session | undefined): void {
    const { address, pooler } = this.restrictions
    if (!session) {
      error.message += `: still connecting to ${address}`
    } else if (session.hasAnswered || pooler === false) {
      error.message += ` from ${address}`
    } else {
      error.message += ` from ${address}, which accepted the connection and has answered nothing since: a pooler seems to have no server connection left; ${this.remedy}`
    }
  }

  private nameDatabase(error: Error, what: string): void {
    const { address } = this.restrictions
    // One error may be that of several statements.
    if (!error.message.includes(address)) {
      const remedy = hasNoRoom(error) ? `; ${this.remedy}` : ""
      error.message = `${what} ${address}: ${textOf(error)}${remedy}`
    }
  }

  private get remedy(): string {
    return `allow ${this.poolSize} connections for each process, or use a pooler in transaction mode`
  }
}

function hasNoRoom({ code, message }: ServerError): boolean {
  return (
    code === TOO_MANY_CONNECTIONS ||
    NO_ROOM.some((words) => words.test(message))
  )
}

/** Several attempts to connect fail with one error that has no message of its own. */
function textOf(error: Error): string {
  return error instanceof AggregateError && !error.message
    ? error.errors.map(textOf).join("; ")
    : error.message
}
