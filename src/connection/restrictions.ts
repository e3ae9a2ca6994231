import { type Log, maskUrl } from "../log"

/**
 * What the way to the server does not allow, as its connections have found out. All connections of a pool share
 * one, so that each thing is found out, and said, once.
 */
export class Restrictions {
  /** Whether a pooler stands between; `undefined` until a statement has been answered. */
  pooler?: boolean
  /** Whether prepared statements are still there when they are used again. */
  namedStatements = true
  /** Whether the settings of the start-up packet are in force. */
  startupOptions = true
  /** As the server, or the pooler, tells it at log-in; `undefined` before. */
  serverVersion?: string
  /** Called once, after the first answer to a read or a write. */
  onFirstAnswer?: () => void
  /** The database's URL without its passwords. */
  readonly address: string

  constructor(
    clientUrl: string,
    private readonly log: Log
  ) {
    this.address = maskUrl(clientUrl)
  }

  answered(): void {
    this.onFirstAnswer?.()
    this.onFirstAnswer = undefined
  }

  loseNamedStatements(): void {
    if (this.namedStatements) {
      this.namedStatements = false
      this.log.info(
        `${this.address} keeps no prepared statements, as behind a pooler in transaction mode: statements are sent without names`
      )
    }
  }

  /** @param areSent whether each statement can bring the settings along */
  loseStartupOptions(areSent: boolean): void {
    if (this.startupOptions) {
      this.startupOptions = false
      this.log.info(
        `${this.address} takes no start-up options: ${
          areSent
            ? "isolation level, time limit and planner settings are sent with each statement"
            : "isolation level, time limit and planner settings are the role's own"
        }`
      )
    }
  }
}
