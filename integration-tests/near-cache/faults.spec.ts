import type { PostgresCachingProvider } from "../../src/services"
import { CacheProcess } from "../support/faults/cache-process"
import { Caller, pause } from "../support/faults/caller"
import { expectPromisesKept } from "../support/faults/outage"
import { OwnServer } from "../support/faults/own-server"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  ALIVE_MS,
  LONG_TTL,
  nearStats,
  untilChanged,
  untilListening,
  untilNear,
} from "../support/near-cache/near"
import { migrate } from "../support/provider/migrate"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestCache, testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

/** How long to look for what must not come back. */
const WATCH_MS = 500

async function expectNever(
  provider: PostgresCachingProvider,
  key: string,
  old: unknown
): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < WATCH_MS;) {
    expect(await provider.get({ key })).not.toEqual(old)
    await pause(5)
  }
}

describe("the connection that a near cache listens over", () => {
  const cache = testCache()
  let proxy: TcpProxy
  let other: PostgresCachingProvider
  let near: PostgresCachingProvider
  let logger: TestLogger

  beforeEach(async () => {
    await cache.empty()
    proxy = await TcpProxy.to(cache.url)
    logger = new TestLogger()
    const nearCache = { ttl: LONG_TTL }
    const clientUrl = proxy.url(cache.url)
    other = cache.provider({ nearCache, timeouts: LONG_TIMEOUTS })
    near = cache.provider(
      { nearCache: { ...nearCache, clientUrl }, timeouts: LONG_TIMEOUTS },
      logger
    )
    await other.set({ key: "k", data: "old", tags: ["t"] })
    await other.set({ key: "k2", data: "v" })
    await untilListening(near)
    await untilNear(near, "k", "k2")
  })
  afterEach(async () => {
    jest.restoreAllMocks()
    await proxy.restore()
    await Promise.all([near.close(), other.close()])
    await proxy.close()
  })

  const untilEmpty = () =>
    waitFor("the near cache to be emptied", () =>
      Promise.resolve(nearStats(near).entries === 0 || undefined)
    )

  it("A near cache is emptied at once when its connection is cut, and comes back by itself.", async () => {
    await proxy.refuse()
    // While the clock stands still, no heartbeat is late: only the cut itself can tell.
    jest.spyOn(performance, "now").mockReturnValue(performance.now())
    proxy.cut()
    await untilEmpty()
    jest.restoreAllMocks()
    await other.clear({ key: "k" })
    await expectNever(near, "k", "old")
    expect(nearStats(near)).toMatchObject({ isListening: false, entries: 0 })

    await proxy.restore()
    expect(await untilNear(near, "k2")).toEqual(["v"])
    await expectNever(near, "k", "old")
    expect(logger.complaints).toEqual([])
  })

  it("A near cache whose connection is cut again and again serves nothing old after what other processes do.", async () => {
    for (let round = 0; round < 15; round++) {
      const key = `k${round}`
      await other.set({ key, data: "old" })
      await untilNear(near, key)
      setTimeout(() => proxy.cut(), round % 5)
      await pause(round % 4)
      await other.set({ key, data: "new" })
      expect(await untilChanged(near, key, "old")).toBe("new")
    }
    expect(logger.complaints).toEqual([])
  }, 60_000)

  it.each([
    ["a stall", () => proxy.stall()],
    ["a stall of what the server says", () => proxy.stallAnswers()],
  ])(
    "A near cache whose connection meets %s serves no old value three seconds later.",
    async (_what, stall: () => void) => {
      const late = performance.now() + ALIVE_MS
      stall()
      await other.clear({ tags: ["t"] })
      // What was heard last was sent before the stall.
      jest.spyOn(performance, "now").mockReturnValue(late + 1)
      expect(await near.get({ key: "k" })).toBeNull()
      expect(nearStats(near)).toMatchObject({ isListening: false, entries: 0 })
      jest.restoreAllMocks()

      await proxy.restore()
      expect(await untilNear(near, "k2")).toEqual(["v"])
      await expectNever(near, "k", "old")
      expect(logger.complaints).toEqual([])
    },
    60_000
  )

  it("A near cache hears what was announced during a stall that is over soon.", async () => {
    proxy.stall()
    await other.clear({ tags: ["t"] })
    await pause(1_000)
    await proxy.restore()
    expect(await untilChanged(near, "k", "old")).toBeNull()
    expect(logger.complaints).toEqual([])
  })

  it("A near cache with a delayed connection hears later, and hears everything.", async () => {
    proxy.delay(300)
    await other.clear({ tags: ["t"] })
    expect(await untilChanged(near, "k", "old")).toBeNull()
    expect(await untilNear(near, "k2")).toEqual(["v"])
  })

  it("A near cache that cannot connect leaves the cache on, says so once, and answers when it can.", async () => {
    await near.close()
    await proxy.refuse()
    proxy.cut()
    near = cache.provider(
      {
        nearCache: { ttl: LONG_TTL, clientUrl: proxy.url(cache.url) },
        timeouts: LONG_TIMEOUTS,
      },
      logger
    )
    await waitFor("the warning", async () => {
      expect(await near.get({ key: "k" })).toBe("old")
      return logger.complaints[0]
    })
    expect(nearStats(near)).toMatchObject({ isListening: false, hits: 0 })
    await proxy.restore()
    await untilNear(near, "k")
    expect(logger.complaints).toEqual([
      expect.stringMatching(
        /^\[caching-postgres\] the near cache is off, as it cannot connect to postgres.*: connect ECONNREFUSED/
      ),
    ])
  })

  it("close() does not wait for a connection of the near cache that stalls.", async () => {
    proxy.stall()
    await near.close()
    expect(nearStats(near)).toMatchObject({ isListening: false, entries: 0 })
  })
})

describe("a near cache while the database fails", () => {
  let cache: TestCache
  let proxy: TcpProxy
  let caller: Caller

  beforeAll(async () => {
    cache = await TestCache.create()
  })
  beforeEach(async () => {
    await cache.empty()
    proxy = await TcpProxy.to(cache.url)
  })
  afterEach(async () => {
    await proxy.restore()
    await caller.close()
    await proxy.close()
  })
  afterAll(() => cache?.close())

  const end = () => proxy.restore()
  const cut = async () => {
    await proxy.refuse()
    proxy.cut()
  }

  it.each([
    ["a cut with refused connections", cut],
    ["a stall", () => proxy.stall()],
    ["answers that do not come back", () => proxy.stallAnswers()],
  ])(
    "With a near cache every call is answered during %s, and nothing stale is served after it.",
    async (_what, begin: () => unknown) => {
      caller = Caller.at(proxy.url(cache.url), { nearCache: { ttl: LONG_TTL } })
      await untilListening(caller.provider)
      await expectPromisesKept(caller, {
        begin,
        end,
        keepsEntries: true,
        // Until it is noticed.
        readsGoOn: true,
      })
    }
  )

  it("A near cache answers nothing while the cache is off, though it hears all the while.", async () => {
    caller = Caller.at(proxy.url(cache.url), {
      nearCache: { ttl: LONG_TTL, clientUrl: cache.url },
    })
    await untilListening(caller.provider)
    await caller.set("k", "old")
    await caller.set("kept", "kept")
    await untilNear(caller.provider, "k", "kept")
    await cut()
    await caller.untilOff()
    expect(nearStats(caller.provider).entries).toBe(0)
    const { hits } = nearStats(caller.provider)
    expect(await caller.get("kept")).toBeNull()
    await caller.clear({ key: "k" })
    for (let round = 0; round < 20; round++) {
      expect([await caller.get("k"), await caller.get("kept")]).toEqual([
        null,
        null,
      ])
      await pause(10)
    }
    expect(nearStats(caller.provider)).toMatchObject({ hits, entries: 0 })

    await end()
    await caller.untilServing()
    await expectNever(caller.provider, "k", "old")
    expect(await untilNear(caller.provider, "kept")).toEqual(["kept"])
    expect(caller.otherComplaints).toEqual([])
  })
})

describe("a near cache after a new start of the server", () => {
  let server: OwnServer
  let url: string
  let caller: Caller

  beforeAll(async () => {
    server = await OwnServer.start()
    url = await server.createDatabase()
    await migrate("run", { clientUrl: url })
  }, 60_000)
  beforeEach(() => {
    caller = Caller.at(url, { nearCache: { ttl: LONG_TTL } })
  })
  afterEach(() => caller.close())
  afterAll(() => server?.close())

  it.each([
    ["in order", "new", () => server.stop()],
    ["after a crash", null, () => server.kill()],
  ])(
    "A near cache has nothing old after the server was started anew %s.",
    async (_how, expected, stop: () => Promise<void>) => {
      await untilListening(caller.provider)
      await caller.set("k", "old")
      await untilNear(caller.provider, "k")
      await stop()
      await server.start()
      // Announced to nobody: only an empty near cache cannot answer the old value.
      await server.sql(
        `update caching_postgres_entry set data = '"new"' where key = '"k"'`,
        url
      )
      await expectNever(caller.provider, "k", "old")
      await caller.untilServing()
      expect(await caller.get("k")).toBe(expected)

      await caller.set("k2", "v")
      expect(await untilNear(caller.provider, "k2")).toEqual(["v"])
      expect(caller.otherComplaints).toEqual([])
    },
    60_000
  )
})

describe("a process that stands still", () => {
  const cache = testCache()
  let sleeper: CacheProcess
  let other: PostgresCachingProvider

  beforeAll(() => {
    other = cache.provider({ nearCache: {}, timeouts: LONG_TIMEOUTS })
  })
  beforeEach(async () => {
    await cache.empty()
    sleeper = await CacheProcess.start(cache.url, {
      nearCache: { ttl: LONG_TTL },
      timeouts: LONG_TIMEOUTS,
    })
  })
  afterEach(async () => {
    sleeper.continue()
    await sleeper.end()
  })

  const nearHits = async () => (await sleeper.ask("stats", {})).nearCache!.hits

  async function untilKept(keys: string[]): Promise<void> {
    await waitFor("answers of its near cache", async () => {
      const hits = await nearHits()
      await sleeper.ask("getAll", { keys })
      return (await nearHits()) === hits + keys.length || undefined
    })
  }

  it.each([10_000])(
    "A process that stands still for %i ms never answers with an old value when it goes on.",
    async (milliseconds) => {
      const keys = ["set", "cleared", "cleared by tag", "kept"]
      for (const key of keys) {
        await other.set({ key, data: "old", tags: [`tag of ${key}`] })
      }
      await untilKept(keys)
      sleeper.pause()
      await pause(500)
      await other.set({ key: "set", data: "new" })
      await other.clear({ key: "cleared" })
      await other.clear({ tags: ["tag of cleared by tag"] })
      await pause(milliseconds)

      // Asked for already when it goes on.
      const first = sleeper.ask("getAll", { keys })
      sleeper.continue()
      const current = ["new", null, null, "old"]
      expect(await first).toEqual({ values: current })
      for (let round = 0; round < 100; round++) {
        expect(await sleeper.ask("getAll", { keys })).toEqual({
          values: current,
        })
        await pause(5)
      }
      await untilKept(["set", "kept"])
      const { lines } = await sleeper.ask("lines", {})
      expect(lines.filter((line) => !line.startsWith("info: "))).toEqual([])
    },
    60_000
  )
})
