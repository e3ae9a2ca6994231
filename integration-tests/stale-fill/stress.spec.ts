import { stress } from "../../stress/stress"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"

describe("processes under stress", () => {
  const cache = testCache()

  it("Processes that fill, change and clear the same keys serve nothing stale, and agree with the source in the end.", async () => {
    const { staleKeys, servedStale, wrong, hits, sets, clears, rejected } =
      await stress(
        {
          provider: "postgres",
          url: cache.url,
          options: { timeouts: LONG_TIMEOUTS, sweep: "* * * * * *" },
        },
        { sourceUrl: cache.url, processes: 3, seconds: 4, boundMs: 0 }
      )
    expect({ servedStale, wrong, staleKeys }).toEqual({
      servedStale: 0,
      wrong: [],
      staleKeys: [],
    })
    // Otherwise nothing was tested.
    for (const count of [hits, sets, clears, rejected]) {
      expect(count).toBeGreaterThan(20)
    }
  }, 60_000)
})
