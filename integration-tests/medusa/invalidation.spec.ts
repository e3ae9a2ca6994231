import {
  OWNER,
  PREPARATION_LIMIT_MS,
  ShopFixture,
  type AdminApi,
  type CacheEntry,
  type Product,
  type RunningShop,
  type Variant,
} from "../support/shop"
import { waitFor } from "../support/wait"

const EUR_20 = [{ amount: 20, currency_code: "eur" }]

/** Far above what a test takes, and below the hour that an entry is given. */
const LONG_SECONDS = 3000

describe("invalidation by the shop's own events", () => {
  let fixture: ShopFixture
  let shop: RunningShop
  let admin: AdminApi
  let taken = 0

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    shop = await fixture.start()
    admin = await shop.signIn(OWNER.email, OWNER.password)
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  describe("a product", () => {
    it("A new product is shown in the list.", async () => {
      const list = await cachedList()

      const created = await admin.createProduct("New shirt", ["S", "M"], EUR_20)
      await expectGone(list)

      expect((await findListed(created.id)).title).toBe("New shirt")
    })

    it("A product's new title is shown in the list and on the page.", async () => {
      const product = await existingProduct()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      await admin.renameProduct(product.id, "Renamed shirt")
      await expectGone(list, page)

      expect((await findListed(product.id)).title).toBe("Renamed shirt")
      expect((await shop.findProduct(product.id))?.title).toBe("Renamed shirt")
    })

    it("A deleted product is gone from the list, and its page, too.", async () => {
      const product = await existingProduct()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      await admin.deleteProduct(product.id)
      await expectGone(list, page)

      expect((await shop.listProducts()).map(({ id }) => id)).not.toContain(
        product.id
      )
      expect(await shop.findProduct(product.id)).toBeUndefined()
    })
  })

  describe("a variant", () => {
    it("A new variant is shown in the list and on the page.", async () => {
      const product = await existingProduct()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      const created = await admin.createVariant(product.id, "XL", EUR_20)
      await expectGone(list, page)

      await expectEverywhere(product.id, created.id, (variant) =>
        expect(variant?.title).toBe("XL")
      )
    })

    it("A variant's new title is shown in the list and on the page.", async () => {
      const { product, variant } = await existingVariant()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      await admin.renameVariant(product.id, variant.id, "Small")
      await expectGone(list, page)

      await expectEverywhere(product.id, variant.id, (found) =>
        expect(found?.title).toBe("Small")
      )
    })

    it("A deleted variant is gone from the list and from the page.", async () => {
      const { product, variant } = await existingVariant()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      await admin.deleteVariant(product.id, variant.id)
      await expectGone(list, page)

      await expectEverywhere(product.id, variant.id, (found) =>
        expect(found).toBeUndefined()
      )
    })
  })

  describe("a price", () => {
    it("A new price is shown in the list and on the page.", async () => {
      const { product, variant } = await existingVariant()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      await admin.setPrices(product.id, variant.id, [
        ...variant.prices,
        { amount: 99, currency_code: "dkk" },
      ])
      await expectGone(list, page)

      await expectPrices(product.id, variant.id, {
        ...amounts(variant),
        dkk: 99,
      })
    })

    it("A price's new amount is shown in the list and on the page.", async () => {
      const { product, variant } = await existingVariant()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      const raised = variant.prices.map((price) => ({
        ...price,
        amount: price.amount + 1000,
      }))
      await admin.setPrices(product.id, variant.id, raised)
      await expectGone(list, page)

      await expectPrices(
        product.id,
        variant.id,
        amounts({ ...variant, prices: raised })
      )
    })

    it("A deleted price is gone from the list and from the page.", async () => {
      const { product, variant } = await existingVariant()
      const list = await cachedList()
      const page = await cachedPage(product.id)

      const kept = variant.prices.filter(
        (price) => price.currency_code === "usd"
      )
      await admin.setPrices(product.id, variant.id, kept)
      await expectGone(list, page)

      await expectPrices(
        product.id,
        variant.id,
        amounts({ ...variant, prices: kept })
      )
    })
  })

  it("An entry with autoInvalidate: false survives every change of the shop.", async () => {
    const product = await existingProduct()
    const list = await cachedList()
    const poster = await cachedPoster()

    await admin.renameProduct(product.id, "Not on the poster")
    // The same event takes this one away: by then the poster has been through it as well.
    await expectGone(list)

    expect(await fixture.tables.entry("poster")).toMatchObject({
      id: poster.id,
      autoInvalidate: false,
    })
    const titles = await shop.listPosterTitles()
    expect(titles).toContain(product.title)
    expect(titles).not.toContain("Not on the poster")
  })

  it("A shop whose entries are invalidated logs no error.", () => {
    expect(shop.errorLines()).toEqual([])
  })

  /** A seeded product that no other test of this file changes. */
  async function existingProduct(): Promise<Product> {
    taken += 1
    const title = `Shirt ${String(taken).padStart(2, "0")}`
    const product = (await shop.listProducts()).find(
      (listed) => listed.title === title
    )
    if (!product) {
      throw new Error(
        `The list has no ${title}: either it is stale or the seed holds too few products`
      )
    }

    return product
  }

  async function existingVariant(): Promise<{
    product: Product
    variant: Variant
  }> {
    const product = await existingProduct()
    const [variant] = product.variants
    if (!variant) {
      throw new Error(`${product.title} has no variant`)
    }

    return { product, variant }
  }

  async function findListed(productId: string): Promise<Product> {
    const found = (await shop.listProducts()).find(({ id }) => id === productId)
    if (!found) {
      throw new Error(`The list has no product ${productId}`)
    }

    return found
  }

  async function expectEverywhere(
    productId: string,
    variantId: string,
    check: (variant: Variant | undefined) => void
  ): Promise<void> {
    for (const product of [
      await findListed(productId),
      await shop.findProduct(productId),
    ]) {
      check(product?.variants.find(({ id }) => id === variantId))
    }
  }

  async function expectPrices(
    productId: string,
    variantId: string,
    expected: Record<string, number>
  ): Promise<void> {
    await expectEverywhere(productId, variantId, (variant) =>
      expect(variant && amounts(variant)).toEqual(expected)
    )
  }

  async function cachedList(): Promise<CacheEntry> {
    return cached(
      () => shop.listProducts(),
      (entry) => entry.key !== "poster" && productIds(entry).length > 1
    )
  }

  async function cachedPage(productId: string): Promise<CacheEntry> {
    return cached(
      () => shop.findProduct(productId),
      (entry) => productIds(entry).join() === productId
    )
  }

  async function cachedPoster(): Promise<CacheEntry> {
    return cached(
      () => shop.listPosterTitles(),
      (entry) => entry.key === "poster"
    )
  }

  /** Reads, and gives the entry that holds what was read: one that has long to live yet. */
  async function cached(
    read: () => Promise<unknown>,
    isWanted: (entry: CacheEntry) => boolean
  ): Promise<CacheEntry> {
    const entry = await waitFor("the entry to be stored", async () => {
      await read()

      return (await fixture.tables.entries()).find(isWanted)
    })
    expect(entry.secondsLeft).toBeGreaterThan(LONG_SECONDS)

    return entry
  }

  /** Events are handled after the change was answered. With an hour to live, nothing but a clear removes an entry. */
  async function expectGone(...gone: CacheEntry[]): Promise<void> {
    await waitFor("the cached entries to be removed", async () => {
      const ids = (await fixture.tables.entries()).map(({ id }) => id)

      return gone.some(({ id }) => ids.includes(id)) ? undefined : true
    })
  }
})

function productIds(entry: CacheEntry): string[] {
  return (entry.data as { data: { id: string }[] }).data.map(({ id }) => id)
}

function amounts(variant: Variant): Record<string, number> {
  return Object.fromEntries(
    variant.prices.map(({ currency_code, amount }) => [currency_code, amount])
  )
}
