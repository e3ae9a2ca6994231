import { randomUUID } from "node:crypto"
import { LRUCache } from "lru-cache"
import type { LeaseSettings } from "../options"
import { LoadTimes } from "../stale-fill"
import type { Metrics } from "../telemetry"

/** Leases and strikes beyond these are forgotten, the oldest first. */
const MOST_KEYS = 20_000
/** A lease lasts so many times as long as the longest recent load, within bounds. */
const LOADS = 3
const LEAST_LEASE_MS = 250
/** The first pause before a process asks whether another one's load has ended; each further pause is twice as long. */
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100
/** Failed loads in a row after which nobody waits for a load of the key. A load that was never set counts as many. */
const MOST_STRIKES = 2

/** How a load has ended: its value was stored, was rejected as stale, or never came. */
export type LoadEnd = "stored" | "stale" | "unfilled"

/** A caller that may wait. */
export interface Waiter {
  /** Until when it waits at most, by `performance.now()`. */
  readonly waitsUntil: number
  /** Reads again. */
  wake(): void
}

interface Lease {
  /** By `performance.now()`. */
  readonly since: number
  readonly until: number
  /** Whether another process loads. */
  readonly isElsewhere: boolean
  /** Whether readers get an entry whose TTL has ended, so that nobody waits. */
  readonly hasOldValue: boolean
  readonly waiters: Set<Waiter>
  pause: number
  timer?: NodeJS.Timeout
}

/**
 * Which keys are being loaded. The first caller that misses a key holds its lease and loads the value; other callers
 * of this process wait, without a statement, until the value is set, and then read it. Where another process holds the
 * lease, one caller for all of this process reads again after growing pauses.
 *
 * Nobody waits in vain twice: after a load that was never set, nobody waits for this key until it is set.
 */
export class Leases {
  private readonly leases = new LRUCache<string, Lease>({
    max: MOST_KEYS,
    dispose: (lease) => wakeAll(lease),
  })
  private readonly strikes = new LRUCache<string, number>({ max: MOST_KEYS })
  private readonly loads = new LoadTimes()
  /** Names this process in the table of leases. */
  private readonly holder = randomUUID()
  private isClosed = false

  constructor(
    private readonly settings: LeaseSettings,
    private readonly metrics: Pick<Metrics, "add">
  ) {}

  /** Of a statement that reads by key: the holder, and milliseconds that its lease lasts. */
  get parameters(): [] | [string, number] {
    return this.settings.acrossProcesses ? [this.holder, this.leaseMillis] : []
  }

  /** Milliseconds that a lease lasts which begins now. */
  private get leaseMillis(): number {
    const { waitMillis } = this.settings
    const longest = this.loads.longest(performance.now())
    return longest === undefined
      ? waitMillis
      : Math.min(Math.max(LOADS * longest, LEAST_LEASE_MS), waitMillis)
  }

  /** @returns until when a caller waits that begins now, by `performance.now()` */
  waitsUntil(): number {
    return performance.now() + this.settings.waitMillis
  }

  /** Whether a caller of this key should wait before it reads. */
  isLoading(name: string): boolean {
    const lease = this.current(name)
    return lease !== undefined && !lease.hasOldValue
  }

  /** The key was found. */
  found(name: string): void {
    if (this.leases.peek(name)?.isElsewhere) {
      this.end(name, "stored")
    } else if (this.strikes.size > 0) {
      this.strikes.delete(name)
    }
  }

  /**
   * The key was not found, or its TTL has ended.
   *
   * @param hasOldValue whether an entry was found whose TTL has ended
   * @param isElsewhere whether another process holds the lease
   * @returns whether the caller should load; else it waits, or takes the old value
   */
  mayLoad(
    name: string,
    waiter: Waiter,
    hasOldValue: boolean,
    isElsewhere: boolean
  ): boolean {
    const now = performance.now()
    const lease = this.current(name)
    const isOver = this.isClosed || now >= waiter.waitsUntil
    if (!hasOldValue && (isOver || this.isGivenUp(name))) {
      return true
    }
    if (lease && (!lease.isElsewhere || isElsewhere)) {
      return false
    }
    const waiters = lease?.waiters ?? new Set()
    const millis = isElsewhere ? this.settings.waitMillis : this.leaseMillis
    clearTimeout(lease?.timer)
    this.leases.set(
      name,
      {
        since: now,
        until: now + millis,
        isElsewhere,
        hasOldValue,
        waiters,
        pause: FIRST_PAUSE_MS,
      },
      // The waiters go on waiting for the new one.
      { noDisposeOnSet: true }
    )
    if (waiters.size > 0) {
      this.watch(name)
    }
    return !isElsewhere
  }

  /** Calls `waiter.wake` once: when the load has ended, or at the end of the waiter's time. */
  wait(name: string, waiter: Waiter): void {
    const lease = this.current(name)
    if (!lease) {
      waiter.wake()
      return
    }
    const left = waiter.waitsUntil - performance.now()
    const timer = setTimeout(() => own.wake(), left)
    const own: Waiter = {
      waitsUntil: waiter.waitsUntil,
      wake: () => {
        clearTimeout(timer)
        lease.waiters.delete(own)
        waiter.wake()
      },
    }
    lease.waiters.add(own)
    this.watch(name)
  }

  /** A load of the key has ended. */
  end(name: string, how: LoadEnd): void {
    const lease = this.leases.peek(name)
    if (how === "stored") {
      this.strikes.delete(name)
      if (lease && !lease.isElsewhere) {
        const now = performance.now()
        this.loads.add(now - lease.since, now)
      }
    } else {
      const strikes = how === "stale" ? 1 : MOST_STRIKES
      this.strikes.set(name, (this.strikes.get(name) ?? 0) + strikes)
    }
    if (how === "unfilled" && lease && !lease.isElsewhere) {
      this.metrics.add("unfilled")
    }
    this.leases.delete(name)
  }

  /** Nobody waits any longer for what is being loaded. */
  clear(): void {
    this.leases.clear()
  }

  /** Nobody waits any more. */
  close(): void {
    this.isClosed = true
    this.clear()
  }

  private isGivenUp(name: string): boolean {
    return (this.strikes.get(name) ?? 0) >= MOST_STRIKES
  }

  /** @returns the lease of the key, unless its time is over */
  private current(name: string): Lease | undefined {
    const lease = this.leases.peek(name)
    if (lease && lease.until <= performance.now()) {
      this.end(name, "unfilled")
      return undefined
    }
    return lease
  }

  /** Wakes one waiter after a pause where another process loads, and all at the end of the lease. */
  private watch(name: string): void {
    const lease = this.leases.peek(name)
    if (!lease || lease.timer) {
      return
    }
    const left = lease.until - performance.now()
    const millis = lease.isElsewhere ? Math.min(lease.pause, left) : left
    lease.timer = setTimeout(() => {
      lease.timer = undefined
      if (this.current(name) === lease) {
        lease.pause = Math.min(2 * lease.pause, LONGEST_PAUSE_MS)
        const [first] = lease.waiters
        first?.wake()
        this.watch(name)
      }
    }, millis)
  }
}

function wakeAll(lease: Lease): void {
  clearTimeout(lease.timer)
  for (const waiter of [...lease.waiters]) {
    waiter.wake()
  }
}
