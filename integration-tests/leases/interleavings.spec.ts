import type { PostgresCachingProvider } from "../../src/services"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { inRequest } from "../support/request"

/** Short: in many orders somebody waits for a set that comes only afterwards. */
const WAIT_MS = 50
const AT_ONCE = 40
const LIMIT_MS = 120_000

type Step = () => Promise<unknown>
/** The number of the program whose step is next. */
type Order = readonly number[]

/** Every order of the steps of programs that have so many steps. */
function ordersOf(lengths: readonly number[]): Order[] {
  if (lengths.every((length) => length === 0)) {
    return [[]]
  }
  return lengths.flatMap((length, program) =>
    length === 0
      ? []
      : ordersOf(lengths.with(program, length - 1)).map((rest) => [
          program,
          ...rest,
        ])
  )
}

/** A key, what the shop's tables hold for it, and who uses it. */
class Scene {
  readonly served: unknown[] = []
  private value = "old"
  private isCleared = false

  constructor(private readonly key: string) {}

  /** Gets, loads on a miss, sets. The get is not awaited before its answer is needed: it may wait for a lease. */
  reader(cache: PostgresCachingProvider): Step[] {
    let found: Promise<unknown>
    let loaded: string | undefined
    return [
      () => {
        found = this.get(cache)
        return Promise.resolve()
      },
      async () => {
        loaded = (await found) === null ? this.value : undefined
      },
      async () => {
        if (loaded !== undefined) {
          await cache.set({ key: this.key, data: loaded, tags: [this.key] })
        }
      },
    ]
  }

  writer(cache: PostgresCachingProvider): Step[] {
    return [
      () => Promise.resolve((this.value = "new")),
      async () => {
        await cache.clear({ tags: [this.key] })
        this.isCleared = true
      },
    ]
  }

  /** Notes what is served that was cleared before the get. */
  async get(cache: PostgresCachingProvider): Promise<unknown> {
    const { isCleared } = this
    const found = await cache.get({ key: this.key })
    if (isCleared && found !== null && found !== "new") {
      this.served.push(found)
    }
    return found
  }
}

/** Runs the steps of programs in an order, each program in a request of its own. */
async function run(programs: readonly Step[][], order: Order): Promise<void> {
  const turns = programs.map((steps) => inRequest(() => takeTurns(steps)))
  for (const program of order) {
    await turns[program]!()
  }
}

/** @returns what runs the next step, in the async context of this call */
function takeTurns(steps: readonly Step[]): Step {
  const begins = steps.map(signal)
  const ends = steps.map(signal)
  const runAll = async () => {
    for (const [index, step] of steps.entries()) {
      await begins[index]!.given
      await step()
      ends[index]!.give()
    }
  }
  void runAll()
  let next = 0
  return () => {
    begins[next]!.give()
    return ends[next++]!.given
  }
}

function signal() {
  let give!: () => void
  const given = new Promise<void>((resolve) => (give = resolve))
  return { give, given }
}

describe("every order of two processes' steps and a clear", () => {
  const cache = testCache()

  it.each([
    ["two readers and a writer", 3, false],
    ["two readers, one of which dies before its set, and a writer", 2, false],
    ["two readers and a writer, within the grace of an entry", 3, true],
    ["a dying reader and a writer, within the grace of an entry", 2, true],
  ])(
    "With %s, a get after the clear never gets what was cleared, whatever the order.",
    async (_, stepsOfFirst, hasOldValue) => {
      const options = {
        timeouts: LONG_TIMEOUTS,
        lease: { waitMillis: WAIT_MS },
      }
      const first = cache.provider({ ...options, grace: 60 })
      const second = cache.provider({ ...options, grace: 60 })
      const waiting = ordersOf([stepsOfFirst, 3, 2]).entries()
      const faults: string[] = []
      let runs = 0
      const runAll = async () => {
        for (const [number, order] of waiting) {
          const key = `${stepsOfFirst} ${hasOldValue} ${number}`
          const scene = new Scene(key)
          if (hasOldValue) {
            await inRequest(() =>
              second.set({ key, data: "older", tags: [key], ttl: 0.001 })
            )
          }
          const programs = [
            scene.reader(first).slice(0, stepsOfFirst),
            scene.reader(second),
            scene.writer(second),
          ]
          await run(programs, order)
          await inRequest(() => scene.get(first))
          await inRequest(() => scene.get(second))
          runs++
          faults.push(
            ...scene.served.map(
              (value) => `${order.join("")}: ${String(value)}`
            )
          )
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, runAll))
      expect(faults).toEqual([])
      expect(runs).toBe(stepsOfFirst === 3 ? 560 : 210)
    },
    LIMIT_MS
  )
})
