import v8 from "node:v8"
import vm from "node:vm"
import { Caller } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { testCache } from "../support/provider/test-cache"

/** What a burst may leave behind: digests that are remembered, pending clears, and the test's own. */
const MAX_MEGABYTES_KEPT = 40
const DEFAULT_LIMITS = { getMillis: 500, writeMillis: 5_000 }
/** So that a slow machine, too, answers every call of a burst instead of giving some up. */
const LONG_TIMEOUTS = { getMillis: 20_000, writeMillis: 20_000 }

function collectGarbage(): void {
  v8.setFlagsFromString("--expose-gc")
  ;(vm.runInNewContext("gc") as () => void)()
}

function usedMegabytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

describe("a burst of calls", () => {
  const cache = testCache()
  let proxy: TcpProxy
  let caller: Caller

  beforeEach(async () => {
    await cache.empty()
    proxy = await TcpProxy.to(cache.url)
  })
  afterEach(async () => {
    await proxy.restore()
    await caller.close()
    await proxy.close()
  })

  const value = (index: number) => ({ index, text: "x".repeat(500) })

  const burst = () =>
    Promise.all([
      Promise.all(
        Array.from({ length: 10_000 }, (_, index) =>
          caller.get(`old-${index % 500}`)
        )
      ),
      Promise.all(
        Array.from({ length: 2_000 }, (_, index) =>
          caller.set(`new-${index}`, value(index), `t${index % 10}`)
        )
      ),
    ])

  async function storeOld(): Promise<void> {
    for (let from = 0; from < 500; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          caller.set(`old-${from + index}`, value(from + index))
        )
      )
    }
  }

  it("A burst of 10,000 gets and 2,000 sets is answered, each get with its own value.", async () => {
    caller = Caller.at(cache.url, {}, LONG_TIMEOUTS)
    await storeOld()
    const before = usedMegabytes()

    const [found] = await burst()
    const wrong = found.filter(
      (one, index) => (one as { index?: number })?.index !== index % 500
    )
    expect(wrong).toEqual([])
    found.length = 0

    const stored = await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => caller.get(`new-${index}`))
    )
    expect(stored).toEqual(
      Array.from({ length: 2_000 }, (_, index) => value(index))
    )
    stored.length = 0
    expect(usedMegabytes() - before).toBeLessThan(MAX_MEGABYTES_KEPT)
    expect(caller.logger.complaints).toEqual([])
  }, 60_000)

  it("A clear after more sets than can wait in the queue leaves none of them behind.", async () => {
    caller = Caller.at(cache.url, {}, LONG_TIMEOUTS)
    await caller.untilServing()
    const sets = Array.from({ length: 12_000 }, (_, index) =>
      caller.set(`k-${index}`, value(index), "t")
    )
    const clear = caller.clear({ tags: ["t"] })
    await Promise.all([...sets, clear])
    await caller.provider.idle()
    expect(await caller.getTagged("t")).toEqual([])
    expect(await caller.get("k-1")).toBeNull()
  }, 60_000)

  it("A set that a full queue refuses leaves no older value that waits there under its key.", async () => {
    caller = Caller.at(cache.url, {}, LONG_TIMEOUTS)
    await caller.untilServing()
    const sets = Array.from({ length: 12_000 }, (_, index) =>
      caller.set(`k-${index % 10_000}`, value(index))
    )
    await Promise.all(sets)
    const found = await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => caller.get(`k-${index}`))
    )
    expect(found.filter((one) => one !== null)).toEqual([])
  }, 60_000)

  it("A burst that takes too long is given up in parts, serves nothing wrong, and leaves a cache that serves.", async () => {
    caller = Caller.at(cache.url, {}, DEFAULT_LIMITS)
    await storeOld()
    const [found] = await burst()
    const wrong = found.filter(
      (one, index) =>
        one !== null && (one as { index: number }).index !== index % 500
    )
    expect(wrong).toEqual([])
    await caller.untilServing()
    expect(await caller.get("old-1")).toEqual(value(1))
  }, 60_000)

  it("100,000 gets and 20,000 sets on a database that stalls are answered while it stalls.", async () => {
    caller = Caller.at(proxy.url(cache.url))
    await caller.set("k-0", "old")
    await caller.untilServing()
    const before = usedMegabytes()
    proxy.stall()

    const gets = Array.from({ length: 100_000 }, (_, index) =>
      caller.provider.get({ key: `k-${index % 30_000}` })
    )
    const sets = Array.from({ length: 20_000 }, (_, index) =>
      caller.provider.set({ key: `k-${index}`, data: { index } })
    )
    const clears = Array.from({ length: 1_000 }, (_, index) =>
      caller.provider.clear({ tags: [`t-${index}`] })
    )
    // The database stalls until all are answered: nothing that waited for it would ever be.
    const found = await Promise.all(gets)
    await Promise.all([...sets, ...clears])

    expect(found.filter((one) => one !== null)).toEqual([])
    await caller.untilOff()
    for (const calls of [gets, sets, clears, found]) {
      calls.length = 0
    }
    expect(usedMegabytes() - before).toBeLessThan(MAX_MEGABYTES_KEPT)

    await proxy.restore()
    await caller.untilServing()
    expect([null, { index: 0 }]).toContainEqual(await caller.get("k-0"))
    expect(caller.onLines).toHaveLength(1)
  }, 60_000)

  it("Large sets beyond 64 MB on a database that stalls hold no more memory than that.", async () => {
    caller = Caller.at(proxy.url(cache.url))
    await caller.untilServing()
    const before = usedMegabytes()
    proxy.stall()
    const data = { text: "x".repeat(2 ** 20) }
    // All at once: given time, the first ones would be given up.
    const sets = Array.from({ length: 200 }, (_, index) =>
      caller.provider.set({ key: `large-${index}`, data })
    )
    await new Promise((resolve) => setImmediate(resolve))
    const held = usedMegabytes() - before
    await Promise.all(sets)
    // Those that wait, and of four more MB what is on its way to the socket, three times.
    expect(held).toBeLessThan(64 + 4 * 3 + MAX_MEGABYTES_KEPT)
    await proxy.restore()
    await caller.untilServing()
    expect(await caller.get("large-199")).toBeNull()
  }, 60_000)
})
