import { randomBytes } from "node:crypto"
import { clientConfig } from "../connection"
import type { Clear } from "../types"
import type { Log } from "../log"
import type { NearCacheSettings, ResolvedOptions } from "../options"
import { EVERYTHING } from "../sql"
import { Copies, type Fill } from "./copies"
import { Listener } from "./listener"

/** Milliseconds after which an attempt to listen has failed. */
const LISTENING_MS = 3_000

export interface NearCacheStats {
  /** Whether it is in use: announcements arrive. */
  readonly isListening: boolean
  readonly entries: number
  /** About, on the heap. */
  readonly bytes: number
  /** Of this process since it started; `hits` of the cache as a whole has them among its own. */
  readonly hits: number
}

/**
 * Entries that this process has read of late, in its memory, kept coherent with the table: whoever
 * removes or replaces an entry announces it. It answers nothing, and is filled with nothing, while
 * announcements are not known to arrive; when one may have been missed, it is emptied.
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
    options: ResolvedOptions,
    channel: string,
    send: (channel: string, payload: string) => Promise<unknown>,
    log: Log
  ) {
    this.copies = new Copies(settings)
    const { clientUrl = options.database.clientUrl } = settings
    const config = {
      ...clientConfig({ database: { ...options.database, clientUrl } }),
      connectionTimeoutMillis: options.pool.connectionTimeoutMillis,
      query_timeout: LISTENING_MS,
    }
    const own = `caching_postgres_beat_${randomBytes(16).toString("hex")}`
    const hearing = {
      heard: (payload: string) => this.heard(payload),
      lost: () => this.copies.empty(),
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
    // A process that slept may have lost more than announcements: the clock that its copies expire by stood still.
    this.copies.empty()
    return undefined
  }

  /** @returns the value of an entry that was read from the table, frozen where those of the near cache are */
  parse(json: string): unknown {
    return this.copies.parse(json)
  }

  /** To be called before a read is sent; `undefined` when it must not be kept. */
  begin(): Fill | undefined {
    return this.listener.isAlive(performance.now())
      ? this.copies.begin()
      : undefined
  }

  /** Keeps what a read has found, unless it was removed since the read began. */
  keep(...entry: Parameters<Copies["keep"]>): void {
    this.copies.keep(...entry)
  }

  /** The read that the fill was begun for has its answer. */
  end(fill: Fill): void {
    this.copies.end(fill)
  }

  /**
   * Removes what this process has itself removed or replaced, at whatever version it was read.
   *
   * @param names canonical names of keys
   */
  forget(names: readonly string[]): void {
    this.copies.removeKeys(names.map((name) => JSON.parse(name) as string))
  }

  /**
   * To be called for each clear of this process, whether it succeeded or not, after its statement was answered and before
   * its caller goes on. What it names is read from the table again, whichever process has removed it there.
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

  private heard(payload: string): void {
    if (payload === EVERYTHING) {
      this.copies.empty()
    } else {
      this.copies.removeVersions(payload.split(","))
    }
  }
}
