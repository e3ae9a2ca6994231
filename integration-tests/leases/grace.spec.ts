import type { CachingPostgresOptions } from "../../src"
import { Source, visit } from "../support/leases/visitor"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

describe("grace", () => {
  let cache: TestCache
  const provider = (options: CachingPostgresOptions = {}) =>
    cache.provider({ timeouts: LONG_TIMEOUTS, grace: 600, ...options })
  const expire = (seconds = 1) =>
    cache.sql(
      "update caching_postgres_entry set expires_at = now() - $1 * interval '1 second'",
      [seconds]
    )

  beforeEach(async () => {
    cache = await TestCache.create()
  })
  afterEach(() => cache.close())

  describe.each([true, false])(
    "with acrossProcesses: %s",
    (acrossProcesses) => {
      const lease = { waitMillis: 20_000, acrossProcesses }

      it("When a TTL has ended, one caller loads the value and the others get the old one until it is set.", async () => {
        const one = provider({ lease })
        await one.set({ key: "k", data: "old", tags: ["t"] })
        await expire()
        const source = new Source("new", 100)
        const loading = visit(one, source)
        await source.isRead
        const others = await Promise.all(
          Array.from({ length: 10 }, () => visit(one, source))
        )
        expect(others).toEqual(Array.from({ length: 10 }, () => "old"))
        expect(await loading).toBe("new")
        expect(source.loads).toBe(1)
        expect(await one.get({ key: "k" })).toBe("new")
      })

      it("Gets that share a statement make one of them load when a TTL has ended.", async () => {
        const one = provider({ lease })
        await one.set({ key: "k", data: "old" })
        await one.set({ key: "live", data: "live" })
        await expire()
        await one.set({ key: "live", data: "live" })
        const answers = await Promise.all(
          ["k", "live", "k", "none", "k"].map((key) => one.get({ key }))
        )
        expect(answers.filter((answer) => answer === "old")).toHaveLength(2)
        expect(answers[1]).toBe("live")
        expect(answers[3]).toBeNull()
      })

      it("An entry whose TTL has ended is not served after a clear, not even within its grace.", async () => {
        const one = provider({ lease })
        await one.set({ key: "k", data: "old", tags: ["t"] })
        await expire()
        await one.get({ key: "k" })
        expect(await one.get({ key: "k" })).toBe("old")
        await one.clear({ tags: ["t"] })
        const waiting = one.get({ key: "k" })
        await one.set({ key: "k", data: "new", tags: ["t"] })
        expect(await waiting).not.toBe("old")
      })

      it("An entry is gone when its grace has ended.", async () => {
        const one = provider({ lease })
        await one.set({ key: "k", data: "old" })
        await expire(601)
        expect(await one.get({ key: "k" })).toBeNull()
      })

      it("When the load of an entry within its grace fails, another caller loads.", async () => {
        const one = provider({ lease })
        await one.set({ key: "k", data: "old" })
        await expire()
        expect(await one.get({ key: "k" })).toBeNull()
        expect(await one.get({ key: "k" })).toBe("old")
        await waitFor("another caller that is to load", async () =>
          (await one.get({ key: "k" })) === null ? true : undefined
        )
        expect(await one.get({ key: "k" })).toBe("old")
      })

      it("A large value within its grace is reported as missing to one caller, and served to the others.", async () => {
        const one = provider({ lease })
        const old = "x".repeat(200_000)
        await one.set({ key: "k", data: old })
        await expire()
        const answers = await Promise.all(
          ["k", "other", "k", "k"].map((key) => one.get({ key }))
        )
        expect(answers.map((answer) => answer === old)).toEqual(
          expect.arrayContaining([true, true])
        )
        expect(answers.filter((answer) => answer === null)).toHaveLength(2)
      })
    }
  )

  it("Of two processes, one caller loads when a TTL has ended.", async () => {
    const [one, other] = [provider(), provider()]
    await one.set({ key: "k", data: "old" })
    await expire()
    expect(await one.get({ key: "k" })).toBeNull()
    expect(await other.get({ key: "k" })).toBe("old")
  })

  it("The sweep leaves entries within their grace, and removes them afterwards.", async () => {
    const one = provider()
    await one.set({ key: "k", data: "old" })
    await expire(500)
    expect(await one.sweep()).toMatchObject({ expired: 0 })
    await expire(601)
    expect(await one.sweep()).toMatchObject({ expired: 1 })
  })

  it("A get by tags does not find entries whose TTL has ended, within their grace or not.", async () => {
    const one = provider()
    await one.set({ key: "k", data: "old", tags: ["t"] })
    await expire()
    expect(await one.get({ tags: ["t"] })).toEqual([])
  })

  it("The near cache keeps no entry whose TTL has ended.", async () => {
    const one = provider({ nearCache: true })
    await one.set({ key: "k", data: "old", tags: ["t"] })
    await expire()
    await one.get({ key: "k" })
    await one.get({ key: "k" })
    expect((await one.stats()).nearCache).toMatchObject({ entries: 0 })
  })

  it("A value that is set within the grace is rejected when the key was cleared since it was reported as missing.", async () => {
    const one = provider()
    await one.set({ key: "k", data: "older", tags: ["t"] })
    await expire()
    const source = new Source("old", 100)
    const loading = visit(one, source)
    await source.isRead
    await one.clear({ tags: ["t"] })
    await loading
    expect(await cache.sql("select from caching_postgres_entry")).toEqual([])
  })
})
