import type { CachingPostgresOptions } from "../../src"
import type { PostgresCachingProvider } from "../../src/services"
import { pause } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  countListening,
  getAll,
  nearProvider,
  nearStats,
  untilChanged,
  untilListening,
  untilNear,
} from "../support/near-cache/near"
import { testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

/** Each as a process of its own would have it. */
describe("the near caches of several processes", () => {
  const cache = testCache()
  let a: PostgresCachingProvider
  let b: PostgresCachingProvider
  let proxy: TcpProxy | undefined

  const provider = (options?: CachingPostgresOptions) =>
    nearProvider(cache, options)

  beforeEach(async () => {
    await cache.empty()
    a = provider()
    b = provider()
    await untilListening(a, b)
  })
  afterEach(async () => {
    await Promise.all([a.close(), b.close(), proxy?.close()])
    proxy = undefined
  })

  const listening = () => countListening(cache)

  describe("forgetting", () => {
    const LARGE = "x".repeat(2_000)

    beforeEach(async () => {
      await a.close()
      a = provider({ maxEntryBytes: 1_000 })
      await Promise.all([
        a.set({ key: "k", data: "old", tags: ["t", "u"] }),
        a.set({ key: "other", data: "other", tags: ["u"] }),
      ])
      await untilListening(a)
      for (const process of [a, b]) {
        await untilNear(process, "k", "other")
      }
    })

    it.each<[string, unknown, () => Promise<unknown>]>([
      ["a clear by tag", null, () => a.clear({ tags: ["t"] })],
      ["a clear by tags", null, () => a.clear({ tags: ["none", "t"] })],
      ["a clear by key", null, () => a.clear({ key: "k" })],
      [
        "an automatic clear by tag",
        null,
        () => a.clear({ tags: ["t"], options: { autoInvalidate: true } }),
      ],
      [
        "an automatic clear by key",
        null,
        () => a.clear({ key: "k", options: { autoInvalidate: true } }),
      ],
      ["an overwrite", "new", () => a.set({ key: "k", data: "new" })],
      [
        "an overwrite with options",
        "new",
        () =>
          a.set({
            key: "k",
            data: "new",
            options: { autoInvalidate: false },
          }),
      ],
      [
        "overwrites at once",
        "newest",
        () =>
          Promise.all([
            a.set({ key: "k2", data: 2 }),
            a.set({ key: "k", data: "new" }),
            a.set({ key: "k3", data: 3 }),
            a.set({ key: "k", data: "newest" }),
          ]),
      ],
      [
        "a set that expires at once",
        null,
        () => a.set({ key: "k", data: "new", ttl: -1 }),
      ],
      [
        "a set of a value that is too large",
        null,
        () => a.set({ key: "k", data: LARGE }),
      ],
    ])(
      "Every near cache drops a copy after %s.",
      async (_what, expected, change) => {
        await change()
        // In the process itself from the very next get on.
        expect(await a.get({ key: "k" })).toBe(expected)
        expect(await untilChanged(b, "k", "old")).toBe(expected)
        // And nothing else.
        const { hits } = nearStats(b)
        expect(await b.get({ key: "other" })).toBe("other")
        expect(nearStats(b).hits).toBe(hits + 1)
      }
    )

    it("Every near cache drops its copies after a clear of everything.", async () => {
      await a.clear({ tags: ["*"] })
      expect(await getAll(a, ["k", "other"])).toEqual([null, null])
      expect(await untilChanged(b, "k", "old")).toBeNull()
      expect(await untilChanged(b, "other", "other")).toBeNull()
    })

    it("Every near cache forgets what is evicted.", async () => {
      const evicting = provider({ maxEntries: 1 })
      await evicting.set({ key: "newest", data: 1 })
      expect(await evicting.sweep()).toMatchObject({ evicted: 2 })
      for (const process of [a, b]) {
        expect(await untilChanged(process, "k", "old")).toBeNull()
        expect(await untilChanged(process, "other", "other")).toBeNull()
      }
      await evicting.close()
    })

    it("Every near cache drops a copy after a set that is rejected as a stale fill.", async () => {
      const late = provider()
      await late.get({ key: "k2", tags: [] })
      await a.clear({ tags: ["v"] })
      await a.set({ key: "k2", data: "old" })
      await untilNear(b, "k2")
      await late.set({ key: "k2", data: "late", tags: ["v"] })
      expect(await untilChanged(b, "k2", "old")).toBeNull()
      await late.close()
    })

    it("Every near cache forgets what a process clears that never reads, and so does not listen.", async () => {
      const before = await listening()
      const writer = provider()
      await writer.clear({ tags: ["t"] })
      expect(await untilChanged(b, "k", "old")).toBeNull()
      expect(await listening()).toBe(before)
      await writer.close()
    })

    it("Every near cache forgets thousands of entries whose ids are too long for one announcement.", async () => {
      const keys = Array.from({ length: 3_000 }, (_, index) => `many-${index}`)
      await Promise.all(
        keys.map((key) => a.set({ key, data: key, tags: ["many"] }))
      )
      expect(await getAll(b, keys)).toEqual(keys)
      await untilNear(b, ...keys)
      await a.clear({ tags: ["many"] })
      await waitFor("the near cache to be emptied", () =>
        Promise.resolve(nearStats(b).entries < keys.length || undefined)
      )
      const found = await getAll(b, keys)
      expect(found.filter((value) => value !== null)).toEqual([])
    })

    it("Every near cache forgets a value of any size, whatever its own size is.", async () => {
      const tiny = provider({ nearCache: { maxBytes: 1024 * 1024 } })
      await untilListening(tiny)
      await b.set({ key: "k", data: "x".repeat(3_000_000) })
      await tiny.get({ key: "k" })
      await tiny.get({ key: "k" })
      expect(nearStats(tiny)).toMatchObject({ hits: 0, entries: 0 })
      await b.set({ key: "k", data: "new" })
      expect(await tiny.get({ key: "k" })).toBe("new")
      await tiny.close()
    })
  })

  describe("keeping", () => {
    it("A near cache keeps an entry with autoInvalidate false at an automatic clear.", async () => {
      const exempt = { key: "exempt", data: "exempt", tags: ["t"] }
      await a.set({ ...exempt, options: { autoInvalidate: false } })
      await a.set({ key: "k", data: "old", tags: ["t"] })
      await untilNear(b, "k", "exempt")
      await a.clear({ tags: ["t"], options: { autoInvalidate: true } })
      expect(await untilChanged(b, "k", "old")).toBeNull()
      const { hits } = nearStats(b)
      expect(await b.get({ key: "exempt" })).toBe("exempt")
      expect(nearStats(b).hits).toBe(hits + 1)

      await a.clear({ tags: ["t"] })
      expect(await untilChanged(b, "exempt", "exempt")).toBeNull()
    })

    it("A near cache keeps what another namespace clears.", async () => {
      const elsewhere = { namespace: "elsewhere" }
      const [c, d] = [provider(elsewhere), provider(elsewhere)]
      for (const one of [b, c]) {
        await one.set({ key: "k", data: "old", tags: ["t"] })
      }
      await untilListening(c, d)
      await untilNear(d, "k")
      await untilNear(b, "k")

      await c.clear({ tags: ["*"] })
      expect(await untilChanged(d, "k", "old")).toBeNull()
      const { hits } = nearStats(b)
      expect(await b.get({ key: "k" })).toBe("old")
      expect(nearStats(b).hits).toBe(hits + 1)
      await Promise.all([c.close(), d.close()])
    })
  })

  describe("old values", () => {
    it("A near cache never answers with what its process has replaced or cleared, from the very next get on.", async () => {
      for (let round = 0; round < 200; round++) {
        // Another one each time, as a set after a clear may be rejected.
        const key = `k${round}`
        await a.set({ key, data: "old", tags: [key] })
        expect(await getAll(a, [key, key])).toEqual(["old", "old"])
        expect(await a.get({ key })).toBe("old")
        await a.set({ key, data: "new", tags: [key] })
        expect(await getAll(a, [key, key])).toEqual(["new", "new"])
        expect(await a.get({ key })).toBe("new")
        await a.clear(round % 2 ? { key } : { tags: [key] })
        expect(await a.get({ key })).toBeNull()
      }
      expect(nearStats(a).hits).toBeGreaterThan(100)
    })

    it("A get that was under way when its process replaced the entry leaves no old value in the near cache.", async () => {
      for (let round = 1; round <= 200; round++) {
        await a.set({ key: "k", data: { round } })
        const reads = Array.from({ length: 8 }, async (_, turn) => {
          await pause(turn % 3)
          return a.get({ key: "k" })
        })
        const data = { round, isNew: true }
        await a.set({ key: "k", data })
        expect(await a.get({ key: "k" })).toEqual(data)
        await Promise.all(reads)
        expect(await a.get({ key: "k" })).toEqual(data)
      }
    })

    it("A get that was under way when another process cleared the entry leaves no old value in the near cache.", async () => {
      proxy = await TcpProxy.to(cache.url)
      const far = provider({
        database: { clientUrl: proxy.url(cache.url) },
        nearCache: { clientUrl: cache.url },
      })
      await a.set({ key: "k", data: "old", tags: ["t"] })
      await a.set({ key: "near", data: "near", tags: ["t"] })
      await untilListening(far)
      await untilNear(far, "near")

      proxy.stallAnswers()
      const underWay = far.get({ key: "k" })
      // Enough for the server to have read it.
      await pause(300)
      await a.clear({ tags: ["t"] })
      await waitFor("the announcement", () =>
        Promise.resolve(nearStats(far).entries === 0 || undefined)
      )
      await proxy.restore()
      expect(await underWay).toBe("old")
      expect(await far.get({ key: "k" })).toBeNull()
      await far.close()
    })

    it("A near cache never answers with an older value after a newer one.", async () => {
      const ROUNDS = 300
      await a.set({ key: "k", data: 1 })
      await untilNear(b, "k")
      let isOver = false
      const reading = Array.from({ length: 3 }, async () => {
        const seen: number[] = []
        while (!isOver) {
          seen.push((await b.get({ key: "k" })) as number)
          await pause(0)
        }
        return seen
      })
      try {
        for (let round = 2; round <= ROUNDS; round++) {
          await a.set({ key: "k", data: round })
        }
        await waitFor("the newest", async () =>
          (await b.get({ key: "k" })) === ROUNDS ? true : undefined
        )
      } finally {
        isOver = true
      }
      for (const seen of await Promise.all(reading)) {
        expect([...seen].sort((one, other) => one - other)).toEqual(seen)
      }
      expect(await b.get({ key: "k" })).toBe(ROUNDS)
    })
  })
})
