import { MemoryCachingProvider } from "@medusajs/caching/dist/providers/memory-cache"
import fc from "fast-check"
import type { PostgresCachingProvider } from "../../src/services"
import { parameters, PROPERTY_TIMEOUT } from "../support/properties/runs"
import {
  commonStep,
  DEFAULT_TTL,
  type Get,
  type Step,
  type Write,
} from "../support/properties/steps"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"

/** Random sequences of calls, on the provider and on the one that Medusa brings along. */
describe("Medusa's memory provider", () => {
  let cache: TestCache
  let provider: PostgresCachingProvider
  /** Another process, since the memory provider stores a stale fill, too. */
  let reader: PostgresCachingProvider
  /** Seconds by which the memory provider's clock is ahead. */
  let passed = 0

  beforeAll(async () => {
    cache = await TestCache.create()
    provider = cache.provider({ ttl: DEFAULT_TTL, timeouts: LONG_TIMEOUTS })
    reader = cache.provider({ timeouts: LONG_TIMEOUTS })
    const { now } = Date
    jest.spyOn(Date, "now").mockImplementation(() => now() + passed * 1000)
  })
  afterAll(async () => {
    jest.restoreAllMocks()
    await cache.close()
  })

  async function play(
    step: Step,
    memory: MemoryCachingProvider
  ): Promise<void> {
    switch (step.do) {
      case "get":
        return expectSame(step, memory)
      case "get at once":
        await Promise.all(step.gets.map((get) => expectSame(get, memory)))
        return
      case "at once":
        await Promise.all(step.writes.map((write) => change(write, memory)))
        return
      case "pass time":
        passed += step.seconds
        await cache.sql(
          "update caching_postgres_entry set expires_at = expires_at - $1 * interval '1 s'",
          [step.seconds]
        )
        return
      case "sweep":
      case "refused set":
        throw new Error(`the memory provider has no ${step.do}`)
      default:
        return change(step, memory)
    }
  }

  async function change(
    write: Write,
    memory: MemoryCachingProvider
  ): Promise<void> {
    if (write.do === "set") {
      const { key, data, tags, options } = write
      const input = { key, tags, ttl: write.ttl as number, options }
      await Promise.all([
        provider.set({ ...input, data }),
        memory.set({ ...input, data: data as object }),
      ])
    } else {
      const { key, tags, options } = write as Write & { do: "clear" }
      await Promise.all([
        provider.clear({ key, tags, options }),
        memory.clear({ key, tags, options }),
      ])
    }
  }

  async function expectSame(
    { key, tags }: Get,
    memory: MemoryCachingProvider
  ): Promise<void> {
    const [ours, theirs] = (await Promise.all([
      reader.get({ key, tags }),
      memory.get({ key, tags }),
    ])) as [unknown, unknown]
    // A value may be a list, too: only a list of entries is without an order.
    const isByTags = !key && tags && tags.length > 0
    const comparable = (found: unknown) =>
      isByTags
        ? (found as unknown[]).map((value) => JSON.stringify(value)).sort()
        : JSON.stringify(found)
    expect(comparable(ours)).toEqual(comparable(theirs))
  }

  it(
    "Any sequence of calls gives what Medusa's memory provider gives, as far as that one does what is documented.",
    async () => {
      await fc.assert(
        fc
          .asyncProperty(
            fc.array(commonStep, { maxLength: 16 }),
            async (steps) => {
              const memory = new MemoryCachingProvider(
                {
                  logger: new TestLogger().asMedusaLogger,
                  // Not the module's own, which Jest cannot load: anything that
                  // keeps different names apart does.
                  hasher: (name) => JSON.stringify(name),
                },
                // Without a timer: expired entries go as they are met.
                { ttl: DEFAULT_TTL, checkPeriod: 0 }
              )
              for (const step of steps) {
                await play(step, memory)
              }
              for (const tag of ["x", "y", "z", "*"]) {
                await expectSame({ do: "get", tags: [tag] }, memory)
              }
              await provider.idle()
            }
          )
          .beforeEach(() => provider.clear({ tags: ["*"] })),
        parameters()
      )
    },
    PROPERTY_TIMEOUT
  )
})
