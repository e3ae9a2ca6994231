import type { Browser } from "puppeteer-core"
import { describeWithBrowser, openBrowser } from "../support/admin/browser"
import { CachePage } from "../support/admin/cache-page"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  buildAdmin,
  type Product,
  type RunningShop,
  ShopFixture,
  WITH_ADMIN,
} from "../support/shop"
import { waitFor } from "../support/wait"

/** Building the admin takes minutes on a busy machine. */
const BUILD_LIMIT_MS = 900_000
const LIMIT_MS = 120_000
const SETTINGS = "/settings/cache"
const STATE = '[data-testid="cache-state"]'
const ENTRIES = '[data-testid="entries"]'
const LIST = '[data-testid="cache-entries"]'
const TOAST = "[data-sonner-toast]"

describeWithBrowser("the page in the admin", () => {
  let fixture: ShopFixture
  let proxy: TcpProxy
  let shop: RunningShop
  let browser: Browser
  let admin: CachePage

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    await buildAdmin(fixture.folder, fixture.database.url)
    proxy = await TcpProxy.to(fixture.database.url)
    // The shop's own connections do not lead through it.
    const database = { clientUrl: proxy.url(fixture.database.url) }
    shop = await fixture.start({
      cacheOptions: {
        database,
        namespace: "medusa",
        sweep: false,
        nearCache: true,
        maxEntries: 1_000,
        maxBytes: 4 * 1_048_576,
      },
      env: WITH_ADMIN,
    })
    browser = await openBrowser()
    admin = await CachePage.open(browser, shop.url)
    await admin.signIn()
  }, BUILD_LIMIT_MS)

  afterAll(async () => {
    await browser?.close()
    await fixture?.close()
    await proxy?.close()
  })

  /** As visitors do: the list, and the page of each product, several times. */
  const visitShop = async (): Promise<Product[]> => {
    const products = await shop.listProducts()
    for (let round = 0; round < 3; round++) {
      await shop.listPosterTitles()
      for (const { id } of products) {
        await shop.findProduct(id)
      }
    }
    return products
  }

  /** Minutes of the days before, as if other processes had reported them. */
  const reportEarlierUse = () =>
    fixture.tables.client.query(`
      insert into caching_postgres_minute (minute, namespace, hits, near_hits, misses, sets, removed)
      select date_trunc('minute', now()) - n * interval '1 minute', 'medusa',
        (300 + 200 * sin(n / 9.0) + 90 * sin(n / 230.0))::int, 0, (40 + 25 * cos(n / 13.0))::int,
        (35 + 20 * cos(n / 13.0))::int, (12 + 10 * sin(n / 7.0))::int
      from generate_series(1, 10000) n`)

  /** A process on another machine, as it would have reported itself. */
  const reportOtherProcess = () =>
    fixture.tables.client.query(`
      insert into caching_postgres_process
      values ('medusa', gen_random_uuid(), 'worker-1:7', 'worker', now() - interval '3 hours', now(), true,
        42, 1300000, 33554432, 1812, 2077)`)

  it(
    "A visitor who has not signed in is sent to the login.",
    async () => {
      const stranger = await CachePage.open(browser, shop.url)
      await stranger.visit(SETTINGS)

      await stranger.page.waitForSelector('input[name="password"]')
      expect(stranger.page.url()).toContain("/login")
      await stranger.page.close()
      // A page that is not visible does not refresh itself.
      await admin.page.bringToFront()
    },
    LIMIT_MS
  )

  it(
    "The settings of the admin have a page that says that the cache is on, and empty before the first request.",
    async () => {
      await admin.visit("/settings")
      await admin.page.locator(`a[href="/app${SETTINGS}"]`).click()

      await admin.sees(STATE, "On")
      await admin.sees(ENTRIES, /^0$/)
      await admin.sees(LIST, "The cache is empty.")
    },
    LIMIT_MS
  )

  it(
    "The figures change by themselves after requests.",
    async () => {
      await visitShop()

      await admin.sees(ENTRIES, /^14$/)
      await admin.sees('[data-testid="hit-rate-hour"]', /^6\d/)
      await admin.sees('[data-testid="top-products"]', "Shirt 01")
    },
    LIMIT_MS
  )

  it(
    "The page shows hits, misses, sets and removals over an hour, a day and a week, in the light and in the dark.",
    async () => {
      await reportEarlierUse()
      await reportOtherProcess()
      await admin.page.reload()
      for (const period of ["Week", "Day", "Hour"]) {
        await admin.page.locator(`::-p-aria([name="${period}"])`).click()
        await admin.sees(
          '[data-testid="chart-reads"]',
          /Hits [\d,]{4,}\s+Misses [\d,]{3,}/
        )
        await admin.sees('[data-testid="chart-writes"]', /Sets [\d,]{3,}/)
      }
      const reads = '[data-testid="chart-reads"]'
      await admin.page.$eval(`${reads} svg`, (chart) =>
        (chart as unknown as { focus(): void }).focus()
      )
      await admin.page.keyboard.press("ArrowLeft")
      await admin.sees(`${reads} figcaption`, /\d+:\d\d/)
      // Without the frame of what has the focus, for the picture.
      await admin.page.$eval(`${reads} svg`, (chart) =>
        (chart as unknown as { blur(): void }).blur()
      )
      await admin.sees('[data-testid="cache-doctor"]', /\d+ checks passed/)
      await admin.sees(LIST, "14 of 14")
      await admin.picture("page-light")
      await admin.picture("screen-light", "screen")

      await admin.setTheme("dark")
      await admin.sees('[data-testid="cache-doctor"]', /\d+ checks passed/)
      await admin.sees(LIST, "14 of 14")
      await admin.picture("page-dark")
      await admin.picture("screen-dark", "screen")
      await admin.setTheme("light")
    },
    LIMIT_MS
  )

  it(
    "The near caches of all processes are listed, with their worker modes.",
    async () => {
      await reportOtherProcess()
      const near = '[data-testid="near-caches"]'
      await admin.sees(near, /worker-1:7 worker\s+42\s.*1,812 of 2,077 reads/s)
      await admin.sees(near, /:\d+ shared\s/)
    },
    LIMIT_MS
  )

  it(
    "A shop's own translation names the page in the menu, above it and on it; other texts stay English.",
    async () => {
      await admin.setLanguage("de")
      await admin.sees(`a[href="/app${SETTINGS}"]`, /^Zwischenspeicher$/)
      await admin.sees("ol", "Der Zwischenspeicher")
      await admin.sees('[data-testid="cache-status"] h1', /^Der Zwischen/)
      await admin.sees('[data-testid="cache-status"]', "Sweep now")
      expect(await admin.page.title()).toBe("Zwischenspeicher - Medusa")
      await admin.setLanguage("en")
      await admin.sees(`a[href="/app${SETTINGS}"]`, /^Cache$/)
    },
    LIMIT_MS
  )

  it(
    "An entry that is searched by its key is shown with its tags and without its value, cleared, and found again once it is cached.",
    async () => {
      const [product] = await shop.listProducts()
      const poster = "poster"
      await admin.page.locator('input[type="search"]').fill(poster)
      await admin.page.keyboard.press("Enter")
      await admin.sees(LIST, "The entry with this key")
      await admin.page.locator(`${LIST} tbody tr`).click()

      const entry = '[data-testid="cache-entry"]'
      await admin.sees(entry, `Product:${product!.id}`)
      await admin.sees(entry, "Values are not shown.")
      await admin.picture("entry", "screen")
      await admin.click("Clear this entry", entry)
      expect(await admin.confirm()).toMatch(/This removes 1 entry/)
      await admin.seesNo(entry)
      await admin.sees(LIST, "No entry has this key or tag.")

      // The same search again.
      await shop.listPosterTitles()
      await waitFor("the entry to be stored", async () =>
        (await fixture.tables.entries()).length === 14 ? true : undefined
      )
      await admin.click("Search", LIST)
      await admin.sees(LIST, "The entry with this key")
      await admin.click("Show all", LIST)
      await admin.sees(LIST, "14 of 14")
    },
    LIMIT_MS
  )

  it(
    "A tag is cleared after a question that says how many entries it has, and they are gone.",
    async () => {
      const [product] = await shop.listProducts()
      const tag = `Product:${product!.id}`
      const row = `[data-testid="top-products"] [data-tag="${tag}"]`
      await admin.sees(row, /\t3\t/)
      await admin.click(`Clear ${tag}`, row)

      expect(await admin.confirm()).toMatch(/This removes 3 entries/)
      await admin.sees(TOAST, "3 entries cleared")
      await admin.seesNo(row)
      await admin.sees(ENTRIES, /^11$/)
      expect(await fixture.tables.entries()).toHaveLength(11)
    },
    LIMIT_MS
  )

  it(
    "A sweep can be run at once.",
    async () => {
      await fixture.tables.insertExpired("expired")
      await admin.click("Sweep now")

      await admin.sees(TOAST, "1 expired entries removed")
      expect(await fixture.tables.rowsOf("expired")).toBe(0)
    },
    LIMIT_MS
  )

  it(
    "On the page of a product a button clears the entries that show it.",
    async () => {
      const product = (await visitShop())[1]!
      const widget = '[data-testid="product-cache"]'
      await admin.visit(`/products/${product.id}`)
      await admin.sees(widget, "3 cached entries show this product.")
      await admin.picture("product")
      await admin.click("Clear this product from the cache", widget)

      expect(await admin.confirm()).toMatch(/This removes 3 entries/)
      await admin.sees(widget, "No cached entry shows this product.")
    },
    LIMIT_MS
  )

  it(
    "While the database is away, the page says since when and why, and it recovers by itself.",
    async () => {
      await admin.visit(SETTINGS)
      await admin.sees(STATE, "On")
      await proxy.close()
      try {
        await shop.listProducts()

        await admin.sees(STATE, "Off")
        const alert = '[data-testid="cache-status"]'
        await admin.sees(alert, /Since \d+:\d+[^]*Reason: .*ECONNREFUSED/)
        await admin.picture("database-away", "screen")
      } finally {
        await proxy.restore()
      }
      await admin.sees(STATE, "On")
    },
    LIMIT_MS
  )

  it(
    "The page says when it cannot be refreshed, and goes on showing what it has.",
    async () => {
      await admin.sees(ENTRIES, /^\d+$/)
      await admin.page.setOfflineMode(true)
      await admin.sees(
        '[data-testid="refresh-failed"]',
        "The page cannot be refreshed"
      )
      await admin.sees(ENTRIES, /^\d+$/)

      await admin.page.setOfflineMode(false)
      await admin.seesNo('[data-testid="refresh-failed"]')
    },
    LIMIT_MS
  )

  it(
    "Everything is cleared after a question, and the cache is empty.",
    async () => {
      await visitShop()
      await admin.click("Clear everything")

      expect(await admin.confirm()).toMatch(/This removes \d+ entries/)
      await admin.sees(ENTRIES, /^0$/)
      expect(await fixture.tables.entries()).toEqual([])
    },
    LIMIT_MS
  )
})
