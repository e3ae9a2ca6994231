import { AsyncResource } from "node:async_hooks"
import type { ClientConfig } from "@medusajs/framework/pg"
import { createClient, type OpenClient } from "../connection"
import type { Log } from "../log"

/** How often a beat is sent. */
const BEAT_MS = 1_000
/** So long after a beat was sent that has arrived, the connection counts as alive. */
const ALIVE_MS = 3_000
/** Without a get for so long, nothing is listened to any more. */
const IDLE_MS = 60_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** A pooler does not go away by itself. */
const WAIT_WHEN_DEAF_MS = 60_000

export interface Hearing {
  /** A notification has come. */
  heard(payload: string): void
  /** Notifications may have been missed. */
  lost(): void
  /** Sends a notification, over another connection than the one that listens. */
  send(channel: string, payload: string): Promise<unknown>
}

interface Channels {
  /** On which others speak. */
  readonly shared: string
  /** For the beats. */
  readonly own: string
}

/** A moment by both clocks: the one stands still while a machine sleeps, the other can be set. */
interface Moment {
  readonly at: number
  readonly on: number
}

const NEVER: Moment = { at: -Infinity, on: -Infinity }

/**
 * Listens on a connection of its own, and knows whether it hears: every second a notification, the beat, is
 * sent over another connection. Notifications arrive in the order of their commits; so when a beat
 * arrives, nothing was missed of what was committed before it was sent. A connection that is stalled, half
 * open, or behind a pooler in transaction mode is found out, whatever the operating system says of it.
 */
export class Listener {
  /** Else everything it does would belong to the request that made it begin, for ever. */
  private readonly flow = new AsyncResource("near-cache")
  private client?: OpenClient
  private timer?: NodeJS.Timeout
  private wantedAt = -Infinity
  private beats = 0
  /** Beats under way, by number. */
  private readonly sent = new Map<number, Moment>()
  /** When the last beat that has arrived was sent. */
  private proven = NEVER
  /** Whether beats are sent and none has arrived yet. */
  private isDeaf = false
  private isTold = false
  private wait = FIRST_WAIT_MS
  private isClosed = false

  constructor(
    private readonly config: ClientConfig,
    private readonly channels: Channels,
    private readonly hearing: Hearing,
    private readonly log: Log
  ) {}

  get isListening(): boolean {
    return this.isProven(performance.now())
  }

  /**
   * Whether everything has been heard that was committed until three seconds ago; begins to listen
   * if not.
   *
   * @param now by `performance.now()`
   */
  isAlive(now: number): boolean {
    this.wantedAt = now
    if (this.isProven(now)) {
      return true
    }
    if (!this.client && !this.timer && !this.isClosed) {
      this.flow.runInAsyncScope(() => void this.listen())
    }
    return false
  }

  close(): void {
    this.isClosed = true
    this.stop()
  }

  private isProven(now: number): boolean {
    const { at, on } = this.proven
    return now - at <= ALIVE_MS && Date.now() - on <= ALIVE_MS
  }

  private async listen(): Promise<void> {
    const client = createClient(this.config) as OpenClient
    this.client = client
    // A connection that breaks may say so several times, or only end.
    client.on("error", (error) => this.lose(client, error.message))
    client.on("end", () => this.lose(client, "it was closed"))
    client.on("notification", ({ channel, payload }) => {
      if (this.client === client) {
        this.hear(channel, payload ?? "")
      }
    })
    try {
      await client.connect()
      // Must not keep a process alive that has nothing else to do.
      client.unref()
      const { shared, own } = this.channels
      await client.query(`listen ${shared}; listen ${own}`)
    } catch (error) {
      this.lose(client, (error as Error).message)
      return
    }
    this.beat(client, performance.now())
  }

  /** @param since when it began to listen, by `performance.now()` */
  private beat(client: OpenClient, since: number): void {
    if (this.client !== client) {
      return
    }
    const moment = { at: performance.now(), on: Date.now() }
    if (moment.at - this.wantedAt > IDLE_MS) {
      this.stop()
      return
    }
    if (moment.at - Math.max(this.proven.at, since) > ALIVE_MS) {
      this.lose(client, "no notification arrives over it", this.isDeaf)
      return
    }
    const number = ++this.beats
    this.sent.set(number, moment)
    this.hearing.send(this.channels.own, String(number)).then(
      () => {
        if (this.client === client) {
          this.isDeaf = this.proven === NEVER
        }
      },
      (error: Error) => {
        this.sent.delete(number)
        this.log.debug(`a beat of the near cache: ${error.message}`)
      }
    )
    this.timer = setTimeout(() => this.beat(client, since), BEAT_MS).unref()
  }

  private hear(channel: string, payload: string): void {
    if (channel !== this.channels.own) {
      this.hearing.heard(payload)
      return
    }
    const number = Number(payload)
    this.proven = this.sent.get(number) ?? this.proven
    this.sent.delete(number)
    this.wait = FIRST_WAIT_MS
    this.isDeaf = false
    this.isTold = false
  }

  /**
   * Tries again after a while.
   *
   * @param isDeaf whether nothing has ever come over a connection that seems to work
   */
  private lose(client: OpenClient, reason: string, isDeaf = false): void {
    if (this.client !== client) {
      return
    }
    this.stop()
    this.log.debug(`the near cache does not hear: ${reason}`)
    if (isDeaf) {
      this.tell()
    }
    const wait = isDeaf ? WAIT_WHEN_DEAF_MS : this.wait
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS)
    this.timer = setTimeout(() => {
      // The next get begins anew.
      this.timer = undefined
    }, wait).unref()
  }

  private stop(): void {
    const { client } = this
    this.client = undefined
    clearTimeout(this.timer)
    this.timer = undefined
    this.sent.clear()
    this.proven = NEVER
    this.isDeaf = false
    this.hearing.lost()
    // At once: over a connection that is stalled nothing can be said any more.
    client?.connection.stream.destroy()
  }

  private tell(): void {
    if (!this.isTold) {
      this.isTold = true
      this.log.warn(
        "the near cache is off, as notifications do not arrive; behind a pooler in transaction mode it needs a direct URL in nearCache.clientUrl"
      )
    }
  }
}
