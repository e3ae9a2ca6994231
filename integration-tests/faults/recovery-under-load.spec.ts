import { Caller, pause } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { testCache } from "../support/provider/test-cache"

const CALLERS = 64
const OUTAGE_MS = 2_000

describe("a database that comes back under load", () => {
  const cache = testCache()
  let proxy: TcpProxy
  let caller: Caller
  let requests: { stop(): Promise<void>; sets: number } | undefined

  beforeEach(async () => {
    await cache.empty()
    proxy = await TcpProxy.to(cache.url)
    caller = Caller.at(proxy.url(cache.url), {}, DEFAULTS)
  })
  afterEach(async () => {
    await requests?.stop()
    requests = undefined
    await caller.close()
    await proxy.close()
  })

  /** Requests that read, load and set until they are told to stop; each key comes once. */
  function load(): { stop(): Promise<void>; sets: number } {
    let isOver = false
    const state = { sets: 0, stop: () => Promise.resolve() }
    const request = async (id: number) => {
      for (let round = 0; !isOver; round++) {
        const key = `page-${id}-${round}`
        if ((await caller.provider.get({ key })) === null) {
          await pause(1)
          state.sets++
          await caller.provider.set({ key, data: { round }, tags: ["page"] })
        }
      }
    }
    const requests = Promise.all(
      Array.from({ length: CALLERS }, (_, id) => request(id))
    )
    state.stop = async () => {
      isOver = true
      await requests
    }
    return state
  }

  it.each([2, 10, 30])(
    "The cache serves again under load with %i ms to the database, and nothing that was cleared meanwhile.",
    async (roundTripMs) => {
      await caller.set("cleared", "old")
      await caller.set("cleared by tag", "old", "t")
      await caller.set("kept", "kept")
      proxy.delay(roundTripMs / 2)
      requests = load()
      await pause(500)
      await proxy.refuse()
      proxy.cut()
      await caller.untilOff()
      await caller.clear({ key: "cleared" })
      await caller.clear({ tags: ["t"] })
      const before = requests.sets
      await pause(OUTAGE_MS)
      expect(requests.sets).toBeGreaterThan(before)

      await proxy.restore()
      await caller.untilServing()
      expect(await caller.get("cleared")).toBeNull()
      expect(await caller.get("cleared by tag")).toBeNull()
      expect(await caller.get("kept")).toBe("kept")
      await requests.stop()
      expect(caller.onLines).toHaveLength(1)
    },
    60_000
  )

  it("A database that is 150 ms away works with the default options from the first get on.", async () => {
    proxy.delay(75)
    await caller.provider.get({ key: "k" })
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        caller.provider.set({ key: `k${n}`, data: n })
      )
    )
    const found = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        caller.provider.get({ key: `k${n}` })
      )
    )
    expect(found).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(caller.offLines).toEqual([])
  })
})

const DEFAULTS = { getMillis: 500, writeMillis: 5_000 }
