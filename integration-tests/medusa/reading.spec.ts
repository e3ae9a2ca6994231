import {
  cacheStatements,
  PREPARATION_LIMIT_MS,
  productReads,
  ShopFixture,
  type CacheEntry,
  type RunningShop,
  type StatementRecorder,
} from "../support/shop"
import { waitFor } from "../support/wait"

describe("reading through the cache over HTTP", () => {
  let fixture: ShopFixture
  let recorder: StatementRecorder
  let shop: RunningShop

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    recorder = await fixture.record()
    shop = await fixture.start({ databaseUrl: recorder.url })
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  beforeEach(async () => {
    await fixture.tables.empty()
  })

  it("A list is read from the database once, and then from the cache.", async () => {
    await expectSecondReadFromCache(() => shop.listProducts())
  })

  it("A page is read from the database once, and then from the cache.", async () => {
    const [product] = await shop.listProducts()
    await storedEntry()
    await fixture.tables.empty()

    await expectSecondReadFromCache(() => shop.findProduct(product?.id ?? ""))
  })

  it("A read answers with what the cache's tables hold.", async () => {
    await shop.listProducts()
    const entry = await storedEntry()
    await fixture.tables.replaceInData(
      entry.key,
      "Shirt 01",
      "Shirt out of the table"
    )

    const titles = (await shop.listProducts()).map(({ title }) => title)

    expect(titles).toContain("Shirt out of the table")
    expect(titles).not.toContain("Shirt 01")
  })

  it("A list is read from the database again once its entry has expired.", async () => {
    await shop.listProducts()
    const entry = await storedEntry()
    await fixture.tables.expire(entry.key)

    const again = await recorder.during(() => shop.listProducts())

    expect(productReads(again.statements)).not.toEqual([])
    expect((await storedEntry()).id).not.toBe(entry.id)
  })

  async function expectSecondReadFromCache(
    read: () => Promise<unknown>
  ): Promise<void> {
    const first = await recorder.during(read)
    const stored = await storedEntry()

    expect(productReads(first.statements)).not.toEqual([])
    expect(stored.tags).toBeGreaterThan(0)

    const second = await recorder.during(read)

    expect(productReads(second.statements)).toEqual([])
    expect(cacheStatements(second.statements)).toHaveLength(1)
    expect(second.result).toEqual(first.result)
    expect((await storedEntry()).id).toBe(stored.id)
  }

  /** The only entry; Medusa answers a request before it has stored the answer. */
  async function storedEntry(): Promise<CacheEntry> {
    return waitFor("the entry to be stored", async () => {
      const entries = await fixture.tables.entries()

      return entries.length === 1 ? entries[0] : undefined
    })
  }
})
