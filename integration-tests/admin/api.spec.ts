import type {
  ClearAnswer,
  DetailsAnswer,
  DoctorAnswer,
  EntriesAnswer,
  OverviewAnswer,
  SweepAnswer,
  UsageAnswer,
} from "../../src/api/answers"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  OWNER,
  PREPARATION_LIMIT_MS,
  ShopFixture,
  type RunningShop,
} from "../support/shop"
import { waitFor } from "../support/wait"
import { expectBody, type Reply } from "../support/shop/http"

const PATH = "/admin/caching-postgres"
const ROUTES: ["GET" | "POST", string][] = [
  ["GET", ""],
  ["GET", "/usage"],
  ["GET", "/entries"],
  ["GET", "/doctor"],
  ["POST", "/entries/search"],
  ["POST", "/entries/details"],
  ["POST", "/clear"],
  ["POST", "/sweep"],
]
const SECOND = {
  resolve: "medusa-caching-postgres",
  id: "second",
  options: { namespace: "second", sweep: false, maxEntries: 500 },
}

type Ask = (path: string, body?: object) => Promise<Reply>

async function askAs(shop: RunningShop): Promise<Ask> {
  const { token } = await shop.signIn(OWNER.email, OWNER.password)
  return (path, body) =>
    shop.request(PATH + path, { method: body ? "POST" : "GET", body, token })
}

describe("the API of the admin", () => {
  let fixture: ShopFixture
  let shop: RunningShop
  let ask: Ask
  /** The token of a customer who has signed in. */
  let customer: string

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    shop = await fixture.start({
      cacheOptions: { sweep: false, maxBytes: 1_048_576, nearCache: true },
      env: { SECOND_CACHE: JSON.stringify(SECOND) },
    })
    ask = await askAs(shop)
    const registered = await shop.request("/auth/customer/emailpass/register", {
      method: "POST",
      body: { email: "customer@shop.test", password: "a secret" },
    })
    customer = expectBody<{ token: string }>(registered).token
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  beforeEach(async () => {
    await get<ClearAnswer>("/clear", { all: true })
  })

  const get = async <T>(path: string, body?: object): Promise<T> =>
    expectBody<T>(await ask(path, body))

  const fill = async () => {
    const products = await shop.listProducts()
    await waitFor("an entry", async () =>
      (await fixture.tables.entries()).length > 0 ? true : undefined
    )
    const [entry] = await fixture.tables.entries()
    return { products, product: products[0]!, key: entry!.key }
  }

  it.each(ROUTES)(
    "%s /admin/caching-postgres%s refuses strangers and customers.",
    async (method, path) => {
      const body = method === "POST" ? { all: true } : undefined
      for (const token of [undefined, customer]) {
        const request = { method, body, token }
        expect((await shop.request(PATH + path, request)).status).toBe(401)
      }
    }
  )

  it("The overview says whether the cache is on, what it holds against its limits, and which products it holds most.", async () => {
    const { products } = await fill()
    // A process reports its near cache after reads only, and the first report may come before it listens.
    const answer = await waitFor("a near cache that listens", async () => {
      await shop.listProducts()
      const answer = await get<OverviewAnswer>("")
      const reported = answer.cache!.contents!.near_caches
      return reported[0]?.is_listening ? answer : undefined
    })

    expect(answer.values).toBe(false)
    expect(answer.providers).toEqual([
      { id: "caching-postgres", namespace: "medusa", is_default: true },
      { id: "second", namespace: "second", is_default: false },
    ])
    expect(answer.cache).toMatchObject({
      id: "caching-postgres",
      state: "on",
      reason: null,
      pending_clears: 0,
      limits: { entries: null, bytes: 1_048_576 },
      near_cache: { is_listening: true, max_bytes: 33_554_432 },
      contents: { entries: 1, counted_percent: 100, sampled_percent: 100 },
    })
    expect(answer.cache!.contents!.near_caches).toMatchObject([
      { worker_mode: "shared", is_listening: true, max_bytes: 33_554_432 },
    ])
    expect(answer.cache!.contents!.top_tags).toHaveLength(10)
    const top = answer.cache!.contents!.top_products
    expect(top).toHaveLength(10)
    for (const product of top) {
      const { id, title } = products.find(({ id }) => id === product.id)!
      expect(product).toEqual({ id, tag: `Product:${id}`, entries: 1, title })
    }
  })

  it("Each registration of the provider can be looked at, and no other.", async () => {
    const { cache } = await get<OverviewAnswer>("?provider_id=second")

    expect(cache).toMatchObject({
      namespace: "second",
      limits: { entries: 500, bytes: null },
      near_cache: null,
    })
    expect(await ask("?provider_id=third")).toMatchObject({ status: 404 })
  })

  it("The usage of an hour, a day and a week comes in steps without gaps, of all that processes have reported.", async () => {
    await fill()
    await get("")

    for (const [period, length] of [
      ["hour", 60],
      ["day", 96],
      ["week", 84],
    ] as const) {
      const { usage, step_seconds } = await get<UsageAnswer>(
        `/usage?period=${period}`
      )
      expect(usage).toHaveLength(length)
      const times = usage.map(({ at }) => Date.parse(at) / 1000)
      expect(times.slice(1).map((at, index) => at - times[index]!)).toEqual(
        Array.from({ length: length - 1 }, () => step_seconds)
      )
      const misses = usage.reduce((sum, step) => sum + step.misses, 0)
      expect(misses).toBeGreaterThan(0)
    }
  })

  it("Entries are listed by size or age, and found by a key or by a tag.", async () => {
    const { product, key } = await fill()
    const tag = `Product:${product.id}`

    for (const order of ["newest", "oldest", "largest"]) {
      const { entries, count } = await get<EntriesAnswer>(
        `/entries?order=${order}&limit=5`
      )
      expect(count).toBe(1)
      expect(entries).toMatchObject([{ key, expired: false }])
      expect(entries[0]!.bytes).toBeGreaterThan(0)
    }
    expect(await get("/entries/search", { q: key })).toMatchObject({
      found_by: "key",
      count: 1,
      entries: [{ key }],
    })
    expect(await get("/entries/search", { q: tag })).toMatchObject({
      found_by: "tag",
      count: 1,
      entries: [{ key }],
    })
    expect(await get("/entries/search", { q: "nothing" })).toMatchObject({
      count: 0,
      entries: [],
    })
  })

  it("An entry is shown with its tags and options, and its value not at all unless the plugin's option allows it.", async () => {
    const { product, key } = await fill()

    const { entry } = await get<DetailsAnswer>("/entries/details", { key })

    expect(entry).toMatchObject({ key, auto_invalidate: true })
    expect(entry.tags).toContain(`Product:${product.id}`)
    expect(entry).not.toHaveProperty("value")
    const refused = await ask("/entries/details", { key, value: true })
    expect(refused).toMatchObject({
      status: 400,
      body: { type: "not_allowed" },
    })
    expect(JSON.stringify(refused.body)).not.toContain(product.title)
  })

  it("A clear of a tag, a key or everything removes the entries and says how many there were.", async () => {
    const { product } = await fill()
    const tag = `Product:${product.id}`
    expect(await get("/clear", { tag })).toEqual({ matched: 1, pending: false })
    expect(await fixture.tables.entries()).toEqual([])

    const { key } = await fill()
    expect(await get("/clear", { key })).toEqual({ matched: 1, pending: false })
    expect(await fixture.tables.entries()).toEqual([])

    await fill()
    const all = { all: true }
    expect(await get("/clear", all)).toEqual({ matched: 1, pending: false })
    expect(await get("/clear", all)).toEqual({ matched: 0, pending: false })
  })

  it("A sweep removes expired entries now.", async () => {
    await fixture.tables.insertExpired("expired")

    expect(await get<SweepAnswer>("/sweep", {})).toMatchObject({
      elected: true,
      expired: 1,
    })
    expect((await get<OverviewAnswer>("")).cache!.contents!.last_sweep).toEqual(
      expect.objectContaining({ expired: 1 })
    )
  })

  it("The doctor examines the database of a shop that works, and finds no problem.", async () => {
    const { findings } = await get<DoctorAnswer>("/doctor")

    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["connection", "server", "tables", "rights"])
    )
    expect(findings.filter(({ status }) => status === "problem")).toEqual([])
  })

  it.each([
    ["/usage?period=year", undefined],
    ["/entries?order=random", undefined],
    ["/entries?limit=0", undefined],
    ["/entries?limit=1000", undefined],
    ["?surprise=1", undefined],
    ["/entries/search", {}],
    ["/entries/search", { q: "" }],
    ["/entries/details", { key: 1 }],
    ["/clear", {}],
    ["/clear", { key: "a", tag: "b" }],
    ["/clear", { all: false }],
    ["/clear", { tag: "*" }],
    ["/sweep", { now: true }],
  ])("%s refuses %j as Medusa refuses invalid data.", async (path, body) => {
    expect(await ask(path, body)).toMatchObject({
      status: 400,
      body: { type: "invalid_data" },
    })
  })

  it("Neither a key nor a tag that is asked for appears in the log.", async () => {
    const secret = "customer-4711"
    await ask("/entries/search", { q: secret })
    await ask("/entries/details", { key: secret })
    await ask("/clear", { tag: secret })

    expect(shop.process.output).toContain(PATH)
    expect(shop.process.output).not.toContain(secret)
  })
})

describe("the API of the admin of other shops", () => {
  let fixture: ShopFixture

  beforeAll(async () => {
    fixture = await ShopFixture.open()
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  it(
    "With `admin: { values: true }` a value is shown to an admin user who asks for it.",
    async () => {
      const options = JSON.stringify({ admin: { values: true } })
      const shop = await fixture.start({ env: { PLUGIN_OPTIONS: options } })
      const ask = await askAs(shop)
      const products = await shop.listProducts()
      const entry = await waitFor("an entry", async () =>
        (await fixture.tables.entries()).at(0)
      )
      const details = { key: entry.key }

      expect((await ask("")).body).toMatchObject({ values: true })
      expect((await ask("/entries/details", details)).body).not.toHaveProperty(
        "entry.value"
      )
      const shown = await ask("/entries/details", { ...details, value: true })
      expect(JSON.stringify(shown.body)).toContain(products[0]!.title)
      await shop.stop()
    },
    PREPARATION_LIMIT_MS
  )

  it(
    "While the database is away, the overview says since when and why, and a clear waits until it is back.",
    async () => {
      const proxy = await TcpProxy.to(fixture.database.url)
      const clientUrl = proxy.url(fixture.database.url)
      const database = { clientUrl }
      const cacheOptions = { database, namespace: "away", sweep: false }
      const shop = await fixture.start({ cacheOptions })
      const ask = await askAs(shop)
      const overview = async () => (await ask("")).body as OverviewAnswer
      expect((await overview()).cache!.state).toBe("on")

      const cutAt = Date.now()
      await proxy.close()
      const away = await waitFor("the cache to be off", async () => {
        await shop.listProducts()
        const { cache } = await overview()
        return cache?.state === "off" ? cache : undefined
      })

      expect(away.contents).toBeNull()
      expect(away.reason).toMatch(/ECONNREFUSED|connection/i)
      expect(Date.parse(away.since)).toBeGreaterThanOrEqual(cutAt)
      expect(await ask("/entries")).toMatchObject({
        status: 503,
        body: { type: "unavailable" },
      })
      const doctor = (await ask("/doctor")).body as DoctorAnswer
      expect(doctor.findings).toEqual([
        expect.objectContaining({
          check: "connection",
          status: "problem",
          advice: expect.stringMatching(/Does the server run/) as string,
        }),
      ])
      const secret = "customer-4711"
      const search = await ask("/entries/search", { q: secret })
      expect(search.status).toBe(503)
      expect((await ask("/clear", { tag: secret })).body).toEqual({
        matched: null,
        pending: true,
      })
      const said = JSON.stringify(search.body) + shop.process.output
      expect(said).not.toContain(secret)
      await shop.stop()
    },
    PREPARATION_LIMIT_MS
  )

  it(
    "A shop whose caching is off learns that from the overview.",
    async () => {
      const env = { SHOP_CACHING: "off" }
      const shop = await fixture.start({ env })
      const ask = await askAs(shop)

      expect((await ask("")).body).toEqual({
        providers: [],
        cache: null,
        values: false,
      })
      expect((await ask("/sweep", {})).status).toBe(404)
      await shop.stop()
    },
    PREPARATION_LIMIT_MS
  )
})
