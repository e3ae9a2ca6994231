import { hammer } from "../../hammer/hammer"
import { PATIENT } from "../support/provider/patient"
import { TestCache } from "../support/provider/test-cache"

const SECONDS = 4

describe("processes that fill, change and clear the same keys", () => {
  let cache: TestCache

  beforeAll(async () => {
    cache = await TestCache.create()
  })
  afterAll(() => cache.close())

  it("serve nothing that was cleared, and agree with the source in the end", async () => {
    const { staleKeys, servedStale, hits, sets, clears, refused } =
      await hammer(
        {
          provider: "postgres",
          url: cache.url,
          options: { timeouts: PATIENT, sweep: "* * * * * *" },
        },
        { sourceUrl: cache.url, processes: 3, seconds: SECONDS, boundMs: 0 }
      )
    expect({ servedStale, staleKeys }).toEqual({
      servedStale: 0,
      staleKeys: [],
    })
    // Otherwise nothing was tested.
    for (const count of [hits, sets, clears, refused]) {
      expect(count).toBeGreaterThan(20)
    }
  }, 60_000)
})
