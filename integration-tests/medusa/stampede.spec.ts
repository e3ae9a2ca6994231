import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import {
  OWNER,
  PREPARATION_LIMIT_MS,
  productReads,
  ShopFixture,
  type RunningShop,
  type StatementRecorder,
} from "../support/shop"
import { waitFor } from "../support/wait"

const REQUESTS_PER_SHOP = 100
const TIME_LIMIT_MS = 120_000
/** On a busy machine, so many requests take longer than anyone waits by default. */
const CACHE_OPTIONS = {
  lease: { waitMillis: 60_000 },
  timeouts: LONG_TIMEOUTS,
  pool: { connectionTimeoutMillis: 60_000 },
}

describe("a stampede for a list that was just cleared", () => {
  let fixture: ShopFixture
  let recorders: [StatementRecorder, StatementRecorder]
  let shops: [RunningShop, RunningShop]
  /** Stores the list, so that the others know no load: by the time of those known, a lease ends. */
  let filler: RunningShop

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    recorders = [await fixture.record(), await fixture.record()]
    const start = (databaseUrl: string) =>
      fixture.start({ databaseUrl, cacheOptions: CACHE_OPTIONS })
    // One after the other: on a busy machine, three would not start in time side by side.
    filler = await start(fixture.database.url)
    shops = [await start(recorders[0].url), await start(recorders[1].url)]
  }, 2 * PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  it(
    "Of 200 requests to two shops, at most two read the products, and all are answered with the new title.",
    async () => {
      await filler.listProducts()
      const { key } = await waitFor(
        "the list to be stored",
        async () => (await fixture.tables.entries())[0]
      )
      const [first, second] = shops
      const products = await first.listProducts()
      await second.listProducts()
      const admin = await first.signIn(OWNER.email, OWNER.password)
      await admin.renameProduct(products[0]!.id, "New title")
      await waitFor("the list to be cleared", async () =>
        (await fixture.tables.entry(key)) === undefined ? true : undefined
      )

      const { result, statements } = await recorders[0].during(() =>
        recorders[1].during(() =>
          Promise.all(
            shops.flatMap((shop) =>
              Array.from({ length: REQUESTS_PER_SHOP }, async () =>
                (await shop.listProducts()).map(({ title }) => title)
              )
            )
          )
        )
      )

      expect(result.result).toHaveLength(2 * REQUESTS_PER_SHOP)
      for (const titles of result.result) {
        expect(titles).toContain("New title")
      }
      const reads = productReads([...statements, ...result.statements])
      expect([1, 2]).toContain(reads.length)
    },
    TIME_LIMIT_MS
  )

  it(
    "Of the first requests that a shop gets after its start, all at once, one reads the products.",
    async () => {
      const recorder = await fixture.record()
      const shop = await fixture.start({
        databaseUrl: recorder.url,
        cacheOptions: { ...CACHE_OPTIONS, namespace: "after a start" },
      })
      const { statements } = await recorder.during(() =>
        Promise.all(Array.from({ length: 30 }, () => shop.listProducts()))
      )
      expect(productReads(statements)).toHaveLength(1)
    },
    2 * PREPARATION_LIMIT_MS
  )
})
