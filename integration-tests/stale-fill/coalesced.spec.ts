import type { PostgresCachingProvider } from "../../src/services"
import { inRequest } from "../support/request"
import { Fill } from "../support/provider/fill"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"

/** Medusa makes one get of equal ones that are made at once; each caller loads and sets by itself. */
describe("sets that follow one miss", () => {
  const cache = testCache()
  let a: PostgresCachingProvider
  let b: PostgresCachingProvider

  beforeEach(async () => {
    await cache.empty()
    a = cache.provider({ timeouts: LONG_TIMEOUTS })
    b = cache.provider({ timeouts: LONG_TIMEOUTS })
  })
  afterEach(() => Promise.all([a.close(), b.close()]))

  const OLD = { data: "old", tags: ["t"] }
  const NEW = { data: "new", tags: ["t"] }

  /** The first makes the get, in its own request; the others wait for it in theirs. */
  async function shared(count: number): Promise<Fill[]> {
    let getting: Promise<unknown> | undefined
    return Promise.all(
      Array.from({ length: count }, () =>
        Fill.begin(a, "k", () => (getting ??= a.get({ key: "k" })))
      )
    )
  }

  const orders = (...all: number[][]) => all.map((order) => ({ order }))

  async function expectRefused(order: number[]): Promise<void> {
    const fills = await shared(Math.max(...order) + 1)
    await b.clear({ tags: ["t"] })
    for (const index of order) {
      await fills[index]!.end(OLD)
      const value = await b.get({ key: "k" })
      expect({ index, value }).toEqual({ index, value: null })
    }
  }

  it.each(
    orders(
      [0, 1],
      [1, 0],
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
      [2, 1],
      [4, 3, 2, 1, 0]
    )
  )(
    "Sets in requests of their own that shared one miss are all rejected after a clear, in the order $order.",
    ({ order }) => expectRefused(order)
  )

  it("Sets in requests of their own that shared one miss are rejected after a clear between them.", async () => {
    const [first, second, third] = await shared(3)
    await second!.end(OLD)
    expect(await b.get({ key: "k" })).toBe("old")
    await b.clear({ tags: ["t"] })
    await third!.end(OLD)
    expect(await b.get({ key: "k" })).toBeNull()
    await first!.end(OLD)
    expect(await b.get({ key: "k" })).toBeNull()
  })

  it("A set that shared a miss leaves the value of the caller that asked, where it is the same value.", async () => {
    // A miss within the last minute, before a clear.
    await (await Fill.begin(a, "k")).end(OLD)
    await b.clear({ tags: ["t"] })
    const [first, second] = await shared(2)
    await first!.end(NEW)
    await second!.end(NEW)
    expect(await b.get({ key: "k" })).toBe("new")
  })

  it("A set that shared a miss removes the value of the caller that asked, where it is another value.", async () => {
    await (await Fill.begin(a, "k")).end(OLD)
    await b.clear({ tags: ["t"] })
    const [first, second] = await shared(2)
    await first!.end(NEW)
    await second!.end({ ...NEW, data: "newer" })
    expect(await b.get({ key: "k" })).toBeNull()
  })

  it("Sets in one request that shared one miss are all rejected after a clear.", async () => {
    await inRequest(async () => {
      const getting = a.get({ key: "k" })
      const cleared = getting.then(() => b.clear({ tags: ["t"] }))
      const set = async () => {
        await cleared
        await a.set({ key: "k", ...OLD })
      }
      await Promise.all([set(), set()])
    })
    expect(await b.get({ key: "k" })).toBeNull()
  })

  it("Sets that shared one miss are stored where nothing was cleared.", async () => {
    for (const fill of await shared(3)) {
      await fill.end(OLD)
      expect(await b.get({ key: "k" })).toBe("old")
    }
  })
})
