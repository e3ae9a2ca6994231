import { randomBytes } from "node:crypto"
import { clientConfig } from "../connection"
import type { Log } from "../log"
import type { NearCacheSettings, ResolvedOptions } from "../options"
import { ALL_IDS } from "../sql"
import { Copies, type ReadUnderWay } from "./copies"
import { Listener } from "./listener"

/** An attempt to listen that takes longer has failed. */
const LISTENING_MS = 3_000

export interface NearCacheStats {
  /** Whether it is in use: announcements arrive. */
  readonly isListening: boolean
  readonly entries: number
  /** On the heap, estimated. */
  readonly bytes: number
  /** Of this process since it started; `hits` of the whole cache include them. */
  readonly hits: number
}

/**
 * Copies that are kept coherent with the table: every process announces which entries it removes or replaces. Without
 * proof that announcements arrive, no copy is served or made; when one may have been missed, all are removed
 * (docs/consistency.md).
 */
export class NearCache extends Copies {
  private readonly listener: Listener

  /**
   * @param channel on which removals are announced
   * @param send sends a notification over another connection than its own
   */
  constructor(
    settings: NearCacheSettings,
    { database, pool }: Pick<ResolvedOptions, "database" | "pool">,
    channel: string,
    send: (channel: string, payload: string) => Promise<unknown>,
    log: Log
  ) {
    super(settings)
    const { clientUrl = database.clientUrl } = settings
    const config = {
      ...clientConfig({ database: { ...database, clientUrl } }),
      connectionTimeoutMillis: pool.connectionTimeoutMillis,
      query_timeout: LISTENING_MS,
    }
    const own = `caching_postgres_heartbeat_${randomBytes(16).toString("hex")}`
    const events = {
      onNotification: (payload: string) =>
        payload === ALL_IDS ? this.empty() : this.removeIds(payload.split(",")),
      onLost: () => this.empty(),
      send,
    }
    this.listener = new Listener(config, { shared: channel, own }, events, log)
  }

  get stats(): NearCacheStats {
    const { count: entries, bytes, hits, listener } = this
    return { isListening: listener.isListening, entries, bytes, hits }
  }

  override get(key: string, now: number): unknown {
    if (this.listener.isAlive(now)) {
      return super.get(key, now)
    }
    // Copies expire by a clock that stops while the machine sleeps.
    this.empty()
    return undefined
  }

  /** To be called before a read is sent; `undefined` when its answer must not be kept. */
  begin(): ReadUnderWay | undefined {
    const isAlive = this.listener.isAlive(performance.now())
    return isAlive ? this.beginRead() : undefined
  }

  close(): void {
    this.listener.close()
  }
}
