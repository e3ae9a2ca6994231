import { setTimeout as sleep } from "node:timers/promises"
import { read } from "../../src/api/answering"
import { answerEntries } from "../../src/api/entries"
import { answerUsage } from "../../src/api/usage"
import { examineCaches } from "../../src/inspect/doctor/examine"
import type { PostgresCachingProvider } from "../../src/services"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"

const KEYS = Array.from({ length: 12 }, (_, index) => `key-${index}`)

jest.setTimeout(120_000)

describe("what the admin shows of three servers", () => {
  const cache = testCache(3)
  let provider: PostgresCachingProvider

  beforeAll(async () => {
    provider = cache.provider({ timeouts: LONG_TIMEOUTS, nearCache: true })
    for (const [index, key] of KEYS.entries()) {
      // The older, the larger.
      const data = "x".repeat(1_000 - index)
      await provider.set({ key, data, tags: ["t"] })
      // Across servers the order of entries is that of milliseconds.
      await sleep(2)
    }
  })

  const keysOf = async (
    order: "newest" | "oldest" | "largest",
    limit: number,
    tags?: string[]
  ) => {
    const { entries, count } = await read(provider, (database) =>
      answerEntries(database, { tags }, order, limit)
    )
    expect(count).toBe(KEYS.length)
    return entries.map(({ key }) => key)
  }

  it("Lists of entries and a search by tag are in the order of all servers, and end at the limit.", async () => {
    expect(await keysOf("largest", 5)).toEqual(KEYS.slice(0, 5))
    expect(await keysOf("oldest", 5)).toEqual(KEYS.slice(0, 5))
    expect(await keysOf("newest", 5)).toEqual(KEYS.slice(-5).reverse())
    expect(await keysOf("newest", 20, ["t"])).toEqual([...KEYS].reverse())
    expect((await provider.stats()).topTags).toEqual([
      { tag: "t", entries: KEYS.length },
    ])
  })

  it("The lists are read in transactions that write nothing, on every server.", async () => {
    const modes = await read(provider, (database) =>
      database.run<{ mode: string }>(
        "select current_setting('transaction_read_only') as mode"
      )
    )
    expect(modes.map(({ mode }) => mode)).toEqual(["on", "on", "on"])
  })

  it("The doctor examines each server, and whether all agree on the list.", async () => {
    const findings = await examineCaches([provider.options])
    const checks = findings.map(({ check }) => check)
    for (const name of ["a", "b", "c"]) {
      expect(checks).toContain(`server "${name}", migrations`)
    }
    expect(findings.at(-1)).toMatchObject({
      check: "list of servers",
      status: "ok",
      message: expect.stringContaining("a, b, c hold the keys") as string,
    })
  })

  it("The usage is that of all servers, step by step.", async () => {
    await provider.stats()
    const { usage } = await answerUsage(provider, "day")
    expect(usage).toHaveLength(96)
    const times = usage.map(({ at }) => at)
    expect(times).toEqual([...new Set(times)].sort())
    expect(usage.reduce((sum, { sets }) => sum + sets, 0)).toBe(KEYS.length)
  })

  it("A process that has a near cache for each server is one process, with what they hold together.", async () => {
    await Promise.all(KEYS.map((key) => provider.get({ key })))
    const { nearCaches, nearCache } = await provider.stats()
    expect(nearCaches).toMatchObject([
      { reads: KEYS.length, entries: nearCache!.entries },
    ])
    expect(nearCaches[0]!.maxBytes).toBeGreaterThanOrEqual(33_554_432)
    expect(nearCaches[0]!.maxBytes).toBeLessThan(33_554_435)
  })
})
