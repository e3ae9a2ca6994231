import type { PostgresCachingProvider } from "../../src/services"
import { inRequest } from "../support/request"
import { Fill } from "../support/provider/fill"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"

type ClearInput = Parameters<PostgresCachingProvider["clear"]>[0]

describe("a set that follows a miss", () => {
  const cache = testCache()
  let logger: TestLogger
  /** As in two processes. */
  let a: PostgresCachingProvider
  let b: PostgresCachingProvider

  beforeEach(async () => {
    await cache.empty()
    logger = new TestLogger()
    a = cache.provider({ timeouts: LONG_TIMEOUTS }, logger)
    b = cache.provider({ timeouts: LONG_TIMEOUTS }, logger)
  })
  afterEach(async () => {
    await Promise.all([a.close(), b.close()])
    expect(logger.complaints).toEqual([])
  })

  const OLD = { data: "old", tags: ["t", "u"] }
  const NEW = { data: "new", tags: ["t", "u"] }
  const automatic = { autoInvalidate: true }
  const exempt = { autoInvalidate: false }

  async function expectBoth(key: string, value: unknown): Promise<void> {
    expect([await a.get({ key }), await b.get({ key })]).toEqual([value, value])
  }

  const clears: [string, ClearInput][] = [
    ["one of its tags", { tags: ["t"] }],
    ["another of its tags", { tags: ["x", "u"] }],
    ["its key", { key: "k" }],
    ["everything", { tags: ["*"] }],
    ["one of its tags, automatically", { tags: ["t"], options: automatic }],
    ["its key, automatically", { key: "k", options: automatic }],
  ]

  describe("clears after the miss", () => {
    it.each(clears)(
      "A set is rejected when another process cleared %s after its miss.",
      async (_, clear) => {
        const fill = await Fill.begin(a, "k")
        await b.clear(clear)
        await fill.end(OLD)
        await expectBoth("k", null)
      }
    )

    it.each(clears)(
      "A set is rejected when its own process cleared %s after its miss.",
      async (_, clear) => {
        const fill = await Fill.begin(a, "k")
        await inRequest(() => a.clear(clear))
        await fill.end(OLD)
        await expectBoth("k", null)
      }
    )

    it.each(clears)(
      "A set is rejected when its own process cleared %s after its miss without waiting for the clear.",
      async (_, clear) => {
        const fill = await Fill.begin(a, "k")
        const cleared = inRequest(() => a.clear(clear))
        const set = fill.end(OLD)
        await Promise.all([cleared, set])
        await expectBoth("k", null)
      }
    )
  })

  describe("autoInvalidate: false", () => {
    const EXEMPT = { ...OLD, options: exempt }

    it.each(clears)(
      "A set with autoInvalidate false is checked against a clear of %s.",
      async (_, clear) => {
        const fill = await Fill.begin(a, "k")
        await b.clear(clear)
        await fill.end(EXEMPT)
        await expectBoth("k", clear.options ? "old" : null)
      }
    )

    it("A set with autoInvalidate false is rejected among others after a clear without options.", async () => {
      const fill = await Fill.begin(a, "k")
      const other = await Fill.begin(a, "other")
      await b.clear({ tags: ["t"] })
      await Promise.all([
        a.set({ key: "plug", data: 1 }),
        fill.end(EXEMPT),
        other.end({ data: "kept", tags: ["u"], options: exempt }),
      ])
      await expectBoth("k", null)
      await expectBoth("other", "kept")
    })

    it("A set with autoInvalidate false is stored among others after a clear with options.", async () => {
      const fill = await Fill.begin(a, "k")
      const other = await Fill.begin(a, "other")
      await b.clear({ tags: ["t"], options: automatic })
      await Promise.all([
        a.set({ key: "plug", data: 1 }),
        fill.end(EXEMPT),
        other.end(OLD),
      ])
      await expectBoth("k", "old")
      await expectBoth("other", null)
    })
  })

  describe("clears that do not concern the set", () => {
    it("A set is stored when nothing was cleared after its miss.", async () => {
      const fill = await Fill.begin(a, "k")
      await fill.end(NEW)
      await expectBoth("k", "new")
    })

    it.each<[string, ClearInput]>([
      ["another tag", { tags: ["x"] }],
      ["another key", { key: "another" }],
      ["nothing, by options", { tags: ["t"], options: exempt }],
    ])(
      "A set is stored when its miss was followed by a clear of %s.",
      async (_, clear) => {
        const fill = await Fill.begin(a, "k")
        await b.clear(clear)
        await fill.end(NEW)
        await expectBoth("k", "new")
      }
    )

    it("A set is stored when its tag was cleared in another namespace.", async () => {
      const other = cache.provider({ namespace: "other" })
      const fill = await Fill.begin(a, "k")
      await other.clear({ tags: ["t"] })
      await other.clear({ tags: ["*"] })
      await fill.end(NEW)
      await expectBoth("k", "new")
      await other.close()
    })

    it.each(clears)(
      "A set is stored when its miss came after a clear of %s.",
      async (_, clear) => {
        await b.clear(clear)
        const fill = await Fill.begin(a, "k")
        await fill.end(NEW)
        await expectBoth("k", "new")
      }
    )

    it.each(clears)(
      "A set is stored when its key was missed anew after a clear of %s.",
      async (_, clear) => {
        const late = await Fill.begin(a, "k")
        await b.clear(clear)
        await late.end(OLD)
        const fill = await Fill.begin(a, "k")
        await fill.end(NEW)
        await expectBoth("k", "new")
      }
    )
  })

  it("A set is checked from its own miss, of two misses in two processes.", async () => {
    const older = await Fill.begin(a, "k")
    await b.clear({ tags: ["t"] })
    const newer = await Fill.begin(b, "k")
    await older.end(OLD)
    await newer.end(NEW)
    await expectBoth("k", "new")
  })

  it("A set is rejected where its caller joined a load from before a clear that its own miss has seen.", async () => {
    const older = await Fill.begin(a, "k")
    await b.clear({ tags: ["t"] })
    const joining = await Fill.begin(a, "k")
    await Promise.all([older.end(OLD), joining.end(OLD)])
    expect(await b.get({ key: "k" })).toBeNull()
  })

  it("A set is rejected where its caller joined a load that ends first.", async () => {
    const older = await Fill.begin(a, "k")
    await b.clear({ tags: ["t"] })
    const joining = await Fill.begin(a, "k")
    await older.end(OLD)
    await joining.end(OLD)
    expect(await b.get({ key: "k" })).toBeNull()
  })

  it("A rejected set leaves nothing older when the newer miss of two was set first.", async () => {
    const older = await Fill.begin(a, "k")
    await b.clear({ tags: ["t"] })
    const newer = await Fill.begin(a, "k")
    await newer.end(NEW)
    await older.end(OLD)
    expect(await a.get({ key: "k" })).not.toBe("old")
  })

  it.each([null, 0, false, ""])(
    "A set is stored where Medusa takes %j for a miss and nothing was cleared.",
    async (data) => {
      await b.set({ key: "k", data, tags: ["t"] })
      const fill = await Fill.begin(a, "k")
      await fill.end(NEW)
      await expectBoth("k", "new")
    }
  )

  it.each([null, 0, false, ""])(
    "A set is rejected after a clear where Medusa takes %j for a miss.",
    async (data) => {
      await b.set({ key: "k", data, tags: ["t"] })
      const alone = await Fill.begin(a, "k")
      await b.clear({ tags: ["t"] })
      await alone.end(OLD)
      await expectBoth("k", null)

      await b.set({ key: "k", data, tags: ["t"] })
      // Reads that are made at once share a statement.
      const [fill] = await Promise.all([
        Fill.begin(a, "k"),
        Fill.begin(a, "other"),
      ])
      await b.clear({ tags: ["t"] })
      await fill.end(OLD)
      await expectBoth("k", null)
    }
  )

  it("A set is rejected alone, of several that share a statement.", async () => {
    const late = await Fill.begin(a, "late")
    await b.clear({ tags: ["t"] })
    const fills = await Promise.all(
      ["one", "two"].map((key) => Fill.begin(a, key))
    )
    await Promise.all([
      // While it is under way the others gather.
      a.set({ key: "plug", data: 1 }),
      fills[0]!.end(NEW),
      late.end(OLD),
      a.set({ key: "plain", ...NEW }),
      fills[1]!.end(NEW),
    ])
    await expectBoth("late", null)
    for (const key of ["one", "two", "plain"]) {
      await expectBoth(key, "new")
    }
  })

  it.each(["older", "newer"])(
    "A set is rejected in one batch with that of an older miss of its key that was open at its own (%s first).",
    async (first) => {
      const older = await Fill.begin(a, "k")
      await b.clear({ tags: ["t"] })
      const newer = await Fill.begin(a, "k")
      const sets = [() => older.end(OLD), () => newer.end(NEW)]
      await Promise.all([
        a.set({ key: "plug", data: 1 }),
        ...(first === "older" ? sets : sets.reverse()).map((set) => set()),
      ])
      await expectBoth("k", null)
    }
  )

  it("A rejected set leaves no older value of another process.", async () => {
    const fill = await Fill.begin(a, "k")
    await b.set({ key: "k", data: "others", tags: ["v"] })
    await b.clear({ tags: ["t"] })
    expect(await b.get({ key: "k" })).toBe("others")
    await fill.end(OLD)
    await expectBoth("k", null)
  })

  it("A set is rejected when the records were lost since its miss, as in a crash.", async () => {
    await b.clear({ tags: ["x"] })
    const fill = await Fill.begin(a, "k")
    await cache.sql("truncate caching_postgres_invalidation")
    await fill.end(OLD)
    expect(await b.get({ key: "k" })).toBeNull()

    const another = await Fill.begin(a, "k")
    await cache.sql("truncate caching_postgres_invalidation")
    await b.clear({ tags: ["x"] })
    await another.end(OLD)
    expect(await b.get({ key: "k" })).toBeNull()

    const last = await Fill.begin(a, "k")
    await last.end(NEW)
    await expectBoth("k", "new")
  })

  it("A set is checked from its miss where nothing was ever cleared before.", async () => {
    await cache.sql("truncate caching_postgres_invalidation")
    const fills = await Promise.all(
      ["k", "cleared"].map((key) => Fill.begin(a, key))
    )
    await b.clear({ key: "cleared" })
    await Promise.all(fills.map((fill) => fill.end(NEW)))
    await expectBoth("k", "new")
    await expectBoth("cleared", null)
  })

  it("A set is stored where no miss came before it, whatever was cleared.", async () => {
    await b.clear({ tags: ["t"] })
    await b.clear({ key: "k" })
    await inRequest(() => a.set({ key: "k", ...NEW }))
    await expectBoth("k", "new")
  })
})
