import { AsyncLocalStorage } from "node:async_hooks"
import type { Position } from "./position"

/** How many steps of one flow are told apart; those before are as if other flows had made them. */
const LONGEST_FLOW = 50

/** A get of a key, and after its answer, what kind of answer that was. */
export class Read {
  /** Once it is a miss. */
  position?: Position
  /** When that was known, by `performance.now()`. */
  missedAt = 0
  /** Whether a set has followed it in its own flow. */
  isFilled = false
  /** Whether a set has followed it from elsewhere. */
  isUsedUp = false
  /** The next miss of the key, and of its first the last one: a list for each key that takes no room of its own. */
  next?: Read
  last?: Read
  isHit = false

  constructor(
    readonly key: string,
    readonly before: Step | undefined,
    readonly depth: number
  ) {}

  /** Nothing will follow it. */
  hit(): void {
    this.isHit = true
  }
}

/** A clear. */
class Cleared {
  readonly at = performance.now()

  constructor(
    readonly before: Step | undefined,
    readonly depth: number
  ) {}
}

type Step = Read | Cleared

/** What a flow has done that matters to a set of a key. */
export interface Past {
  /** Its last miss of the key. */
  readonly miss?: Read
  /** When it last cleared something, by `performance.now()`, if that was after the miss. */
  readonly clearedAt: number
}

/**
 * What was done in the asynchronous contexts in which the cache is called. Each context knows what led to it: a
 * list that only grows at its head, so that branches share what they have in common and nothing else.
 */
export class Flows {
  private readonly context = new AsyncLocalStorage<Step | undefined>()

  /** Notes a get in the caller's flow. */
  read(key: string): Read {
    const before = this.last()
    const read = new Read(key, before, (before?.depth ?? 0) + 1)
    this.context.enterWith(read)
    return read
  }

  /**
   * Notes a clear in the caller's flow.
   *
   * @param everything after which nothing counts that the flow did before
   */
  cleared(everything: boolean): void {
    let before = everything ? undefined : this.last()
    if (before instanceof Cleared) {
      before = before.before
    }
    this.context.enterWith(new Cleared(before, (before?.depth ?? 0) + 1))
  }

  pastOf(key: string): Past {
    let clearedAt = -Infinity
    for (let step = this.context.getStore(); step; step = step.before) {
      if (step instanceof Cleared) {
        clearedAt = Math.max(clearedAt, step.at)
      } else if (step.key === key && step.position) {
        return { miss: step, clearedAt }
      }
    }
    return { clearedAt }
  }

  /** Follows no flows any more, which takes a little of each promise's time. */
  close(): void {
    this.context.disable()
  }

  private last(): Step | undefined {
    let step = this.context.getStore()
    while (step instanceof Read && step.isHit) {
      step = step.before
    }
    return step && step.depth < LONGEST_FLOW ? step : undefined
  }
}
