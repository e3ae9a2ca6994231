import fc from "fast-check"
import type { CachingPostgresOptions } from "../../src"
import type { PostgresCachingProvider } from "../../src/services"
import { LONG_TTL, nearStats, untilListening } from "../support/near-cache/near"
import { ModelCache, type Process } from "../support/properties/model-cache"
import { parameters, PROPERTY_TIMEOUT } from "../support/properties/runs"
import {
  DEFAULT_TTL,
  MAX_ENTRY_BYTES,
  type Selection,
  type Step,
  step,
  type Write,
} from "../support/properties/steps"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { inRequest } from "../support/request"

/**
 * Random sequences of calls, on the provider and on a plain model of what the documentation says.
 * After each sequence both hold the same, and no row is left over that belongs to nothing.
 */
describe("any sequence of calls", () => {
  const cache = testCache()
  let providers: [PostgresCachingProvider, PostgresCachingProvider]
  const logger = new TestLogger()

  const provider = (options: CachingPostgresOptions = {}) =>
    cache.provider(
      {
        ttl: DEFAULT_TTL,
        maxEntryBytes: MAX_ENTRY_BYTES,
        timeouts: LONG_TIMEOUTS,
        ...options,
      },
      logger
    )

  beforeEach(() => {
    providers = [provider(), provider()]
  })
  afterEach(() =>
    Promise.all([...new Set(providers)].map((one) => one.close()))
  )

  const actor = (process: Process): Actor => ({
    provider: providers[process],
    process,
  })

  /** Itself where there is only one. */
  const other = (process: Process): Process =>
    process === 1 || providers[0] === providers[1] ? 0 : 1

  const stage = (process: Process): Stage => ({
    actor: actor(process),
    witness: actor(other(process)),
    passTime: (seconds) =>
      cache.sql(
        "update caching_postgres_entry set expires_at = expires_at - $1 * interval '1 s'",
        [seconds]
      ),
  })

  /** What is missed before does not count in the request that follows. */
  function startOver(): Promise<unknown> {
    return Promise.all(
      providers.map((provider) => provider.clear({ tags: ["*"] }))
    )
  }

  const playAll = (
    sequence: readonly { process: Process; step: Step }[],
    rules: Rules
  ) => inRequest(() => playAllInRequest(sequence, rules))

  async function playAllInRequest(
    sequence: readonly { process: Process; step: Step }[],
    rules: Rules
  ): Promise<void> {
    await startOver()
    const model = new ModelCache()
    try {
      for (const { process, step } of sequence) {
        await play(step, stage(process), model, rules)
      }
      await expectSameOfAll(actor(0), model, rules)
      // Waits until the providers have removed orphans.
      expect(await cache.rows()).toEqual(model.rows)

      await startOver()
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    } catch (error) {
      // What is left must not make the next, shorter sequence fail, too.
      await Promise.allSettled(providers.map((provider) => provider.idle()))
      throw error
    }
  }

  it(
    "Any sequence of calls of one process does what is documented, and gets by tags give the oldest entries first.",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 16 }), (steps) =>
          playAll(
            steps.map((step) => ({ process: 0 as const, step })),
            { inOrder: true }
          )
        ),
        parameters()
      )
    },
    PROPERTY_TIMEOUT
  )

  it(
    "Any sequence of calls of two processes by turns does what is documented.",
    async () => {
      const process = fc.constantFrom<Process[]>(0, 1)
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ process, step }), { maxLength: 16 }),
          (sequence) => playAll(sequence, { inOrder: false })
        ),
        parameters()
      )
    },
    PROPERTY_TIMEOUT
  )

  it(
    "Any sequence of calls of one process with a near cache does what is documented.",
    async () => {
      const near = provider({ nearCache: { ttl: LONG_TTL } })
      // Its own witness: others hear of a change a little later. Nor is it told that time passes.
      providers = [near, near]
      const timeless = step.filter((any) => any.do !== "pass time")
      await untilListening(near)
      await fc.assert(
        fc.asyncProperty(fc.array(timeless, { maxLength: 16 }), (steps) =>
          playAll(
            steps.map((step) => ({ process: 0 as const, step })),
            { inOrder: true }
          )
        ),
        parameters()
      )
      expect(nearStats(near).hits).toBeGreaterThan(0)
    },
    PROPERTY_TIMEOUT
  )

  it("No sequence of calls has the provider complain of anything but values that are too large or cannot be stored.", () => {
    const others = logger.complaints.filter(
      (line) => !/a value is too large|cannot be stored as JSON/.test(line)
    )
    expect(others).toEqual([])
  })
})

/** A process that calls the cache. */
interface Actor {
  readonly provider: PostgresCachingProvider
  readonly process: Process
}

interface Stage {
  /** Carries the step out. */
  readonly actor: Actor
  /** Must see the same. */
  readonly witness: Actor
  /** Makes every entry so many seconds older. */
  readonly passTime: (seconds: number) => Promise<unknown>
}

interface Rules {
  /** Whether a get by tags gives the oldest first: ids of two processes are not in order. */
  readonly inOrder: boolean
}

/** Carries out one step on the provider and on the model, and compares what both say. */
async function play(
  step: Step,
  { actor, witness, passTime }: Stage,
  model: ModelCache,
  rules: Rules
): Promise<void> {
  model.nextStep()
  switch (step.do) {
    case "get":
      await expectSame(actor, step, model, rules)
      return expectSame(witness, step, model, rules)
    case "get at once":
      await Promise.all(
        step.gets.map((get) => expectSame(actor, get, model, rules))
      )
      return
    case "at once":
      await Promise.all(step.writes.map((write) => change(write, actor, model)))
      return
    case "pass time":
      model.passTime(step.seconds)
      await passTime(step.seconds)
      return
    case "sweep":
      model.sweep()
      expect(await actor.provider.sweep()).toMatchObject({ elected: true })
      return
    default:
      return change(step, actor, model)
  }
}

/** Compares all that the model has with what the provider finds. */
async function expectSameOfAll(
  actor: Actor,
  model: ModelCache,
  rules: Rules
): Promise<void> {
  for (const selection of model.selections) {
    await expectSame(actor, selection, model, rules)
  }
}

/** Calls the provider before it returns: so several in a row are asked for in this order. */
function change(
  write: Write,
  { provider, process }: Actor,
  model: ModelCache
): Promise<void> {
  switch (write.do) {
    case "set":
      model.set(write, process)
      return inRequest(() => provider.set(input(write)))
    case "clear":
      model.clear(write, process)
      return inRequest(() => provider.clear(input(write)))
    case "refused set":
      return expect(provider.set(input(write))).rejects.toThrow(
        "cannot be stored as JSON"
      )
  }
}

async function expectSame(
  { provider, process }: Actor,
  { key, tags }: Selection,
  model: ModelCache,
  { inOrder }: Rules
): Promise<void> {
  // Taken before the first wait, and so before any other step.
  const asked = inRequest(() => provider.get({ key, tags }))
  if (key || !tags?.length) {
    const expected = key ? model.getByKey(key, process) : "null"
    expect(JSON.stringify(await asked)).toBe(expected)
    return
  }
  const expected = model.getByTags(tags)
  const found = ((await asked) as unknown[]).map((value) =>
    JSON.stringify(value)
  )
  if (!inOrder) {
    expect(found.sort()).toEqual(expected.flat().sort())
    return
  }
  let begin = 0
  const grouped = expected.map(({ length }) =>
    found.slice(begin, (begin += length)).sort()
  )
  expect([grouped, found.slice(begin)]).toEqual([
    expected.map((values) => values.sort()),
    [],
  ])
}

/** The call's argument alone. */
function input<W extends Write>({ ...write }: W): Omit<W, "do"> {
  delete (write as { do?: string }).do
  return write
}
