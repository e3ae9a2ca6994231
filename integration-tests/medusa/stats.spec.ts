import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { CacheStats } from "../../src"
import {
  OWNER,
  PREPARATION_LIMIT_MS,
  ShopFixture,
  type RunningShop,
} from "../support/shop"
import { waitFor } from "../support/wait"
import type { Reply } from "../support/shop/http"

const ROUTE = "../shop/src/api/admin/cache/route.ts"

describe("a shop's own code", () => {
  let fixture: ShopFixture
  let shop: RunningShop
  let token: string

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    shop = await fixture.start({ cacheOptions: { sweep: false } })
    const { body } = await shop.request("/auth/user/emailpass", {
      method: "POST",
      body: OWNER,
    })
    token = (body as { token: string }).token
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  const ask = (method: "GET" | "POST"): Promise<Reply> =>
    shop.request("/admin/cache", { method, token })

  it("A shop's route that is made from the snippet in docs/observing.md shows the stats of the provider that serves the shop.", async () => {
    const snippet = readFileSync(join(__dirname, ROUTE), "utf8")
    const docs = readFileSync(
      join(__dirname, "../../docs/observing.md"),
      "utf8"
    )
    expect(docs).toContain(snippet)

    const stats = await waitFor("a hit", async () => {
      await shop.listProducts()
      const { body } = await ask("GET")
      return (body as CacheStats).hits > 0 ? (body as CacheStats) : undefined
    })

    expect(stats).toMatchObject({
      namespace: "medusa",
      lastHour: { hits: stats.hits },
    })
    expect(stats.misses).toBeGreaterThan(0)
    const started = shop.process.lines.filter((line) =>
      line.includes("[caching-postgres] the cache is on: ")
    )
    expect(started).toHaveLength(1)
  })

  it("A shop's route that is made from the snippet in docs/observing.md sweeps.", async () => {
    await fixture.tables.insertExpired("expired")

    expect((await ask("POST")).body).toMatchObject({
      swept: { elected: true, expired: 1 },
    })
    expect(await fixture.tables.rowsOf("expired")).toBe(0)
  })
})
