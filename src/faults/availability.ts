import { setTimeout as sleep } from "node:timers/promises"
import type { Log } from "../log"
import { explain, isOutage, isTimeLimit } from "./outage"
import { type Clear, PendingClears } from "./pending-clears"

const FIRST_WAIT_MS = 50
/** A database that is back is noticed within this time, and a little chance. */
const LONGEST_WAIT_MS = 1_000
/** Many processes that lost the database at once do not all come back at once. */
const CHANCE = 0.3

export interface Recovery {
  /** Nothing may be served any more. */
  off(): void
  /** Ends what is under way: it would only be waited for. */
  disconnect(): void
  /** Rejects as long as the database cannot be used. */
  probe(): Promise<void>
  /** Carries out clears that had to wait. */
  carryOut(clears: Clear[]): Promise<void>
}

/**
 * Whether the cache may be used: the circuit breaker. It is off while the database cannot be reached, and
 * while an invalidation has not been carried out: what that concerns must not be served, and what it
 * concerns cannot be known without the database. Meanwhile nothing is asked of the database but, with
 * growing pauses, whether it is back; then the invalidations go first.
 */
export class Availability {
  private readonly pending = new PendingClears()
  private offSince?: number
  /** Whether the log says so; repeats are folded. */
  private isTold = false
  private closed = false

  constructor(
    private readonly log: Log,
    private readonly recovery: Recovery
  ) {}

  get isOn(): boolean {
    return this.offSince === undefined
  }

  /** How many keys and tags wait to be cleared. */
  get pendingClears(): number {
    return this.pending.size
  }

  /** The database cannot be used. */
  fail(error: unknown): void {
    if (this.isOn) {
      this.switchOff(error)
      this.recovery.disconnect()
    }
  }

  /**
   * Work behind the callers' backs has failed.
   *
   * @param what and what follows from it, where the cache stays on
   */
  failBackground(what: string, error: unknown): void {
    // A batch of the sweep that takes too long says nothing about a get.
    if (isOutage(error) && !isTimeLimit(error)) {
      this.fail(error)
    } else if (this.isOn) {
      this.log.warn(what, error)
    }
  }

  /** An invalidation was not carried out, and is to be as soon as can be. */
  postpone(clear: Clear, reason: unknown): void {
    this.pending.add(clear)
    if (this.isOn) {
      this.switchOff(reason)
    }
  }

  /** Ends the attempts to recover. */
  close(): void {
    this.closed = true
  }

  private switchOff(reason: unknown): void {
    this.offSince = performance.now()
    this.recovery.off()
    this.isTold = this.log.warn(
      "the cache is off, reads go to the shop's own tables and invalidations wait",
      explain(reason)
    )
    void this.recover()
  }

  private async recover(): Promise<void> {
    for (let wait = FIRST_WAIT_MS; ; wait *= 2) {
      const pause = Math.min(wait, LONGEST_WAIT_MS)
      await sleep(pause * (1 - CHANCE * Math.random()), undefined, {
        ref: false,
      })
      if (this.closed) {
        return
      }
      try {
        await this.recovery.probe()
        const carriedOut = await this.carryOutPending()
        this.switchOn(carriedOut)
        return
      } catch (error) {
        this.log.debug(`still off: ${(error as Error).message}`)
      }
    }
  }

  private async carryOutPending(): Promise<number> {
    let count = 0
    for (
      let clears = this.pending.take();
      clears;
      clears = this.pending.take()
    ) {
      try {
        await this.recovery.carryOut(clears)
        count += clears.length
      } catch (error) {
        clears.forEach((clear) => this.pending.add(clear))
        throw error
      }
    }
    return count
  }

  private switchOn(carriedOut: number): void {
    const seconds = (performance.now() - this.offSince!) / 1000
    this.offSince = undefined
    const invalidations =
      carriedOut > 0 ? "; invalidations that waited were carried out" : ""
    const line = `the cache is on again after ${seconds.toFixed(1)} s${invalidations}`
    if (this.isTold) {
      this.log.info(line)
    } else {
      this.log.debug(line)
    }
  }
}
