import { randomBytes } from "node:crypto"
import { clientConfig } from "../connection"
import type { Clear } from "../faults"
import type { Log } from "../log"
import type { NearCacheSettings, ResolvedOptions } from "../options"
import { EVERYTHING } from "../sql"
import { Copies, type Fill, type ReadEntry } from "./copies"
import { Listener } from "./listener"

/** Milliseconds after which an attempt to listen has failed. */
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
 * Copies of entries in the memory of this process. Every process announces which entries it removes or replaces, and
 * the others remove their copies. Without proof that announcements arrive, nothing is served or kept; when one
 * may have been missed, all copies are removed (docs/consistency.md).
 */
export class NearCache {
  private readonly copies: Copies
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
    const copies = new Copies(settings)
    this.copies = copies
    const { clientUrl = database.clientUrl } = settings
    const config = {
      ...clientConfig({ database: { ...database, clientUrl } }),
      connectionTimeoutMillis: pool.connectionTimeoutMillis,
      query_timeout: LISTENING_MS,
    }
    const own = `caching_postgres_heartbeat_${randomBytes(16).toString("hex")}`
    const hearing = {
      heard: (payload: string) =>
        payload === EVERYTHING
          ? copies.empty()
          : copies.removeVersions(payload.split(",")),
      lost: () => copies.empty(),
      send,
    }
    this.listener = new Listener(config, { shared: channel, own }, hearing, log)
  }

  get stats(): NearCacheStats {
    const { count, bytes, hits } = this.copies
    const { isListening } = this.listener
    return { isListening, entries: count, bytes, hits }
  }

  /**
   * @param now by `performance.now()`
   * @returns the value for this caller; `undefined` where the table is to be asked
   */
  get(key: string, now: number): unknown {
    if (this.listener.isAlive(now)) {
      return this.copies.get(key, now)
    }
    // While a machine sleeps, the clock stands still by which copies expire.
    this.copies.empty()
    return undefined
  }

  /** @returns the value of an entry that was read from the table, frozen like those of the near cache */
  parse(json: string): unknown {
    return this.copies.parse(json)
  }

  /** To be called before a read is sent; `undefined` when its answer must not be kept. */
  begin(): Fill | undefined {
    const isAlive = this.listener.isAlive(performance.now())
    return isAlive ? this.copies.begin() : undefined
  }

  /** Keeps what a read has found, unless it was removed since the read began. */
  keep(fill: Fill, key: string, entry: ReadEntry): void {
    this.copies.keep(fill, key, entry)
  }

  /** To be called when the read of the fill has its answer. */
  end(fill: Fill): void {
    this.copies.end(fill)
  }

  /**
   * Removes what this process has replaced.
   *
   * @param names canonical names of keys
   */
  forget(names: readonly string[]): void {
    this.removed(names.map((name) => JSON.parse(name) as string))
  }

  /**
   * Removes what a clear of this process names, whether another process has removed its rows or the clear has failed.
   * To be called after the answer to its statement, and before its caller goes on.
   */
  cleared({
    names,
    tags,
    everything,
  }: Pick<Clear, "names" | "tags" | "everything">): void {
    if (everything) {
      this.empty()
      return
    }
    this.forget(names)
    if (tags.length > 0) {
      this.copies.removeTags(tags)
    }
  }

  /**
   * Removes what a clear of this process has removed: a copy may be older than the tag by which it was cleared.
   *
   * @param keys as `get` takes them
   */
  removed(keys: readonly string[]): void {
    this.copies.removeKeys(keys)
  }

  empty(): void {
    this.copies.empty()
  }

  close(): void {
    this.listener.close()
  }
}
