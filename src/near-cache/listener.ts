import { AsyncResource } from "node:async_hooks"
import type { ClientConfig } from "@medusajs/framework/pg"
import { isWithin, NEVER, thisMoment } from "../clocks"
import { createClient, type OpenClient } from "../connection"
import { type Log, maskUrl, messageOf } from "../log"

const HEARTBEAT_MS = 1_000
/** The connection counts as alive for this long after the last heartbeat that arrived was sent. */
const ALIVE_MS = 3_000
/** Without a get for this long, the connection is closed. */
const IDLE_MS = 60_000
const FIRST_WAIT_MS = 100
const MAX_WAIT_MS = 5_000
/** A connection that could not be made for this long is worth a warning. */
const UNREACHABLE_MS = 3_000
/** A pooler that blocks notifications seldom goes away. */
const WAIT_WHEN_BLOCKED_MS = 60_000

interface ListenerEvents {
  /** A notification of the shared channel has arrived. */
  onNotification(payload: string): void
  /** Notifications may have been missed. */
  onLost(): void
  /** Sends a notification over another connection than the one that listens. */
  send(channel: string, payload: string): Promise<unknown>
}

/**
 * Listens on a connection of its own, and knows whether notifications arrive: it sends a heartbeat every second over
 * another connection. Notifications arrive in the order of their commits, so a heartbeat that arrives proves that
 * everything has arrived that was committed before it was sent. No proof comes over a connection that is stalled, half
 * open, or made through a pooler in transaction mode. Times are by `performance.now()`.
 */
export class Listener {
  /** Its work must not run in the async context of the request that made it begin. */
  private readonly asyncContext = new AsyncResource("near-cache")
  private client?: OpenClient
  private timer?: NodeJS.Timeout
  private wantedAt = -Infinity
  private listensSince = Infinity
  /** When the last heartbeat that arrived was sent. */
  private provenAt = NEVER
  /** Whether heartbeats were sent and none has arrived. */
  private notificationsBlocked = false
  private isWarned = false
  /** When the first of the attempts began that have failed since the last success, by `performance.now()`. */
  private failingSince?: number
  /** Whether a notification could be sent after the last attempt that failed: the database itself is there. */
  private canSend = false
  private wait = FIRST_WAIT_MS
  private isClosed = false

  /** @param channels `shared` for announcements, `own` for the heartbeats of this listener */
  constructor(
    private readonly config: ClientConfig,
    private readonly channels: {
      readonly shared: string
      readonly own: string
    },
    private readonly events: ListenerEvents,
    private readonly log: Log
  ) {}

  get isListening(): boolean {
    return this.isProven(performance.now())
  }

  /** Whether everything has arrived that was committed until three seconds ago. Begins to listen if not. */
  isAlive(now: number): boolean {
    this.wantedAt = now
    if (this.isProven(now)) {
      return true
    }
    if (!this.client && !this.timer && !this.isClosed) {
      this.asyncContext.runInAsyncScope(() => void this.listen())
    }
    return false
  }

  close(): void {
    this.isClosed = true
    this.stop()
  }

  private isProven(now: number): boolean {
    return isWithin(ALIVE_MS, this.provenAt, now)
  }

  private async listen(): Promise<void> {
    this.failingSince ??= performance.now()
    let client: OpenClient | undefined
    try {
      // Throws if pg cannot read the URL, or a certificate that the URL names.
      client = this.open()
      const connected = client.connect()
      // The connection alone must not keep a process alive, whether it is made or not.
      client.connection.stream.unref()
      await connected
      // Encryption has replaced the stream.
      client.unref()
      const { shared, own } = this.channels
      await client.query(`listen ${shared}; listen ${own}`)
    } catch (error) {
      this.lose(client, error)
      return
    }
    // It may have been closed meanwhile.
    if (this.client === client) {
      this.listensSince = performance.now()
      this.failingSince = undefined
      this.canSend = false
      this.sendHeartbeats(client)
    }
  }

  private open(): OpenClient {
    const client = createClient(this.config) as OpenClient
    this.client = client
    // A connection that breaks may emit several errors, or only end.
    client.on("error", (error) => this.lose(client, error))
    client.on("end", () => this.lose(client, "it was closed"))
    client.on("notification", ({ channel, payload }) => {
      if (this.client === client) {
        this.receive(channel, payload ?? "")
      }
    })
    return client
  }

  private sendHeartbeats(client: OpenClient): void {
    const now = thisMoment()
    if (now.steady - this.wantedAt > IDLE_MS) {
      this.stop()
      return
    }
    const lastSign = Math.max(this.provenAt.steady, this.listensSince)
    if (now.steady - lastSign > ALIVE_MS) {
      const reason = "no notification arrives over it"
      this.lose(client, reason, this.notificationsBlocked)
      return
    }
    this.events.send(this.channels.own, `${now.steady} ${now.wall}`).then(
      () => {
        if (this.client === client) {
          this.notificationsBlocked = this.provenAt === NEVER
        }
      },
      ({ message }: Error) =>
        this.log.debug(`a heartbeat of the near cache: ${message}`)
    )
    const next = () => this.sendHeartbeats(client)
    this.timer = setTimeout(next, HEARTBEAT_MS).unref()
  }

  private receive(channel: string, payload: string): void {
    if (channel !== this.channels.own) {
      this.events.onNotification(payload)
      return
    }
    const [steady, wall] = payload.split(" ").map(Number) as [number, number]
    // One that was sent before this connection listened proves nothing.
    if (steady >= this.listensSince) {
      this.provenAt = { steady, wall }
      this.wait = FIRST_WAIT_MS
      this.notificationsBlocked = this.isWarned = false
    }
  }

  /**
   * Lets a later get try again, after a while.
   *
   * @param client `undefined` if there was none to begin with
   * @param cause an error, or details in words
   */
  private lose(
    client: OpenClient | undefined,
    cause: unknown,
    isBlocked = false
  ): void {
    if (this.client !== client) {
      return
    }
    const hasListened = this.listensSince < Infinity
    this.stop()
    this.log.debug(
      `the near cache receives no notifications: ${messageOf(cause)}`
    )
    if (!hasListened) {
      this.warnIfUnreachable(cause)
    }
    if (isBlocked && !this.isWarned) {
      this.isWarned = true
      this.log.warn(
        "the near cache is off, as notifications do not arrive; behind a pooler in transaction mode it needs a direct URL in nearCache.clientUrl"
      )
    }
    const wait = isBlocked ? WAIT_WHEN_BLOCKED_MS : this.wait
    this.wait = Math.min(this.wait * 2, MAX_WAIT_MS)
    this.timer = setTimeout(() => (this.timer = undefined), wait).unref()
  }

  /** A database that is away is the circuit breaker's to report: this is about one that only the listener cannot reach. */
  private warnIfUnreachable(cause: unknown): void {
    const isLasting =
      performance.now() - (this.failingSince ?? Infinity) >= UNREACHABLE_MS
    if (this.canSend && isLasting) {
      const address = maskUrl(this.config.connectionString ?? "")
      this.log.warn(
        `the near cache is off, as it cannot connect to ${address}`,
        cause
      )
    }
    this.canSend = false
    this.events.send(this.channels.own, "").then(
      () => (this.canSend = true),
      () => {}
    )
  }

  private stop(): void {
    const { client } = this
    this.client = undefined
    clearTimeout(this.timer)
    this.timer = undefined
    this.listensSince = Infinity
    this.provenAt = NEVER
    this.notificationsBlocked = false
    this.events.onLost()
    // No goodbye: over a stalled connection it would wait.
    client?.connection.stream.destroy()
  }
}
