import { randomUUID } from "node:crypto"
import { LRUCache } from "lru-cache"
import type { LeaseSettings } from "../options"
import { LoadTimes } from "../stale-fill"
import type { Metrics } from "../telemetry"

/** Leases and failures beyond these are forgotten, the oldest first. */
const MAX_KEYS = 20_000
/** A lease lasts this many times as long as the longest recent load, within bounds. */
const LOAD_TIME_FACTOR = 3
const MIN_LEASE_MS = 250
/** The first pause before a process asks whether another one's load has ended; each further pause is twice as long. */
const FIRST_PAUSE_MS = 5
const MAX_PAUSE_MS = 100
/** After this many failed loads in a row nobody waits for the key. A load without a set counts as all of them. */
const MAX_FAILURES = 2

/** How a load has ended: its value was stored, was rejected as stale, or never came. */
export type LoadOutcome = "stored" | "stale" | "unfilled"

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
  readonly millis: number
  /** Whether another process loads. */
  readonly isElsewhere: boolean
  /** Whether readers get an entry whose TTL has ended, so that nobody waits. */
  readonly hasOldValue: boolean
  readonly waiters: Set<Waiter>
  pause: number
  timer?: NodeJS.Timeout
}

/** What is remembered of a key until it is set. */
interface Failures {
  /** Failed loads in a row. */
  count: number
  /** When the first lease began that ended before its load, by `performance.now()`. */
  since?: number
}

/**
 * Which keys are being loaded. The first caller that misses a key holds its lease and loads the value; other callers
 * of this process wait, without a statement, until the value is set, and then read it. Where another process holds the
 * lease, one caller for all of this process reads again after growing pauses.
 *
 * A load can take longer than any before it, most of all in a stampede: where a lease ends before its load, another
 * caller holds the next one, for longer. All waiting for a key falls within `waitMillis` from its first lease: if the key
 * has not been set by then, nobody waits for it until it is set.
 */
export class Leases {
  private readonly leases = new LRUCache<string, Lease>({
    max: MAX_KEYS,
    dispose: (lease) => wakeAll(lease),
  })
  private readonly failures = new LRUCache<string, Failures>({ max: MAX_KEYS })
  private readonly loads = new LoadTimes()
  /** Names this process in the table of leases. */
  private readonly holder = randomUUID()
  private isClosed = false

  constructor(
    private readonly settings: LeaseSettings,
    private readonly metrics: Pick<Metrics, "add">
  ) {}

  /** Of a statement that reads these keys: the holder, and milliseconds that its leases last. */
  parameters(names: readonly string[]): [] | [string, number] {
    return this.settings.acrossProcesses
      ? [this.holder, Math.max(...names.map((name) => this.leaseMillis(name)))]
      : []
  }

  /** Milliseconds that a lease lasts which begins now. */
  private leaseMillis(name: string): number {
    const { waitMillis } = this.settings
    const now = performance.now()
    const longest = this.loads.longest(now) ?? waitMillis
    const waited = now - (this.firstLease(name) ?? now)
    const millis = Math.max(
      LOAD_TIME_FACTOR * longest,
      MIN_LEASE_MS,
      2 * waited
    )
    return Math.min(millis, waitMillis)
  }

  /** @returns until when a caller waits that begins now, by `performance.now()` */
  waitsUntil(): number {
    return performance.now() + this.settings.waitMillis
  }

  /** Whether a caller of this key should wait before it reads. */
  isLoading(name: string): boolean {
    const lease = this.current(name)
    return lease !== undefined && !lease.hasOldValue && !this.isGivenUp(name)
  }

  /** The key was found. Ends another process's lease, or resets the failures. */
  found(name: string): void {
    if (this.leases.peek(name)?.isElsewhere) {
      this.end(name, "stored")
    } else if (this.failures.size > 0) {
      this.failures.delete(name)
    }
  }

  /**
   * The key was not found, or its TTL has ended: the caller takes the lease, or joins the load of another one.
   *
   * @param hasOldValue whether an entry was found whose TTL has ended
   * @param isElsewhere whether another process holds the lease
   * @returns whether the caller should load; else it waits, or takes the old value
   */
  takeOrJoin(
    name: string,
    waiter: Waiter,
    hasOldValue: boolean,
    isElsewhere: boolean
  ): boolean {
    const now = performance.now()
    const lease = this.current(name)
    const mayNotWait = this.isClosed || now >= waiter.waitsUntil
    if (!hasOldValue && (mayNotWait || this.isGivenUp(name))) {
      return true
    }
    if (lease && (!lease.isElsewhere || isElsewhere)) {
      return false
    }
    if (lease) {
      this.expiredBeforeLoad(name, lease)
    }
    const waiters = lease?.waiters ?? new Set()
    const millis = isElsewhere
      ? this.settings.waitMillis
      : this.leaseMillis(name)
    clearTimeout(lease?.timer)
    this.leases.set(
      name,
      {
        since: now,
        millis,
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

  /** Calls `waiter.wake` once: when the load has ended, or at the end of the time in which callers wait. */
  wait(name: string, waiter: Waiter): void {
    const lease = this.current(name)
    if (!lease) {
      waiter.wake()
      return
    }
    const end = Math.min(waiter.waitsUntil, this.endOfWaiting(name))
    const left = end - performance.now()
    const timer = afterAnswers(() => own.wake(), left)
    const own: Waiter = {
      waitsUntil: waiter.waitsUntil,
      wake: () => {
        clearTimeout(timer)
        if (lease.waiters.delete(own)) {
          waiter.wake()
        }
      },
    }
    lease.waiters.add(own)
    this.watch(name)
  }

  /** A load of the key has ended. */
  end(name: string, how: LoadOutcome): void {
    const lease = this.leases.peek(name)
    const { count = 0, since = sinceOf(lease) } = this.failures.get(name) ?? {}
    if (how === "stored") {
      if (since !== undefined && !this.isGivenUp(name)) {
        const now = performance.now()
        this.loads.add(now - since, now)
      }
      this.failures.delete(name)
    } else {
      const more = how === "stale" ? 1 : MAX_FAILURES
      this.failures.set(name, { count: count + more })
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

  /** Whether nobody waits for this key until it is set. */
  private isGivenUp(name: string): boolean {
    const failures = this.failures.get(name)
    return (
      failures !== undefined &&
      (failures.count >= MAX_FAILURES ||
        performance.now() >= this.endOfWaiting(name))
    )
  }

  /** @returns until when callers wait for this key, by `performance.now()` */
  private endOfWaiting(name: string): number {
    return (this.firstLease(name) ?? Infinity) + this.settings.waitMillis
  }

  /** @returns when the first lease of this key began since it was set, by `performance.now()` */
  private firstLease(name: string): number | undefined {
    return this.failures.peek(name)?.since ?? this.leases.peek(name)?.since
  }

  /** @returns the lease of the key, unless its time is over */
  private current(name: string): Lease | undefined {
    const lease = this.leases.peek(name)
    if (lease && timeLeft(lease) <= 0) {
      this.expiredBeforeLoad(name, lease)
      this.leases.delete(name)
      return undefined
    }
    return lease
  }

  /** The lease ended before its load. */
  private expiredBeforeLoad(name: string, lease: Lease): void {
    if (!lease.isElsewhere) {
      this.metrics.add("unfilled")
    }
    const { count = 0, since = lease.since } = this.failures.get(name) ?? {}
    this.failures.set(name, { count, since })
  }

  /** Wakes one waiter after a pause where another process loads, and all at the end of the lease. */
  private watch(name: string): void {
    const lease = this.leases.peek(name)
    if (!lease || lease.timer) {
      return
    }
    const left = timeLeft(lease)
    const millis = lease.isElsewhere ? Math.min(lease.pause, left) : left
    lease.timer = afterAnswers(() => {
      lease.timer = undefined
      if (this.current(name) === lease) {
        lease.pause = Math.min(2 * lease.pause, MAX_PAUSE_MS)
        const [first] = lease.waiters
        first?.wake()
        this.watch(name)
      }
    }, millis)
  }
}

/** After a pause of this process, answers may be ready to be read: they come first. */
function afterAnswers(run: () => void, millis: number): NodeJS.Timeout {
  // Node warns of a negative time.
  return setTimeout(() => setImmediate(run), Math.max(0, millis))
}

/** @returns milliseconds */
function timeLeft({ since, millis }: Lease): number {
  return since + millis - performance.now()
}

/** @returns when this process began to load */
function sinceOf(lease: Lease | undefined): number | undefined {
  return lease?.isElsewhere ? undefined : lease?.since
}

function wakeAll(lease: Lease): void {
  clearTimeout(lease.timer)
  for (const waiter of [...lease.waiters]) {
    waiter.wake()
  }
}
