import {
  CONFIG_WITHOUT_REDIS,
  OWNER,
  PREPARATION_LIMIT_MS,
  productReads,
  ShopFixture,
  type RunningShop,
  type StatementRecorder,
} from "../support/shop"
import { waitFor } from "../support/wait"

const COMMAND_LIMIT_MS = 60_000

describe("the shop of examples/without-redis", () => {
  let fixture: ShopFixture
  let recorder: StatementRecorder
  let shop: RunningShop

  beforeAll(async () => {
    fixture = await ShopFixture.open(CONFIG_WITHOUT_REDIS)
    recorder = await fixture.record()
    shop = await fixture.start({ databaseUrl: recorder.url })
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  it("A shop without Redis caches in PostgreSQL, and invalidates what has changed.", async () => {
    const [product] = await shop.listProducts()
    const [stored] = await waitFor("the list to be stored", async () => {
      const entries = await fixture.tables.entries()
      return entries.length > 0 ? entries : undefined
    })
    const { statements } = await recorder.during(() => shop.listProducts())
    expect(productReads(statements)).toEqual([])

    const admin = await shop.signIn(OWNER.email, OWNER.password)
    await admin.renameProduct(product!.id, "Another title")
    await waitFor("the entry to be removed", async () => {
      const ids = (await fixture.tables.entries()).map(({ id }) => id)
      return ids.includes(stored!.id) ? undefined : true
    })
    const titles = (await shop.listProducts()).map(({ title }) => title)
    expect(titles).toContain("Another title")
    expect(shop.errorLines()).toEqual([])
  })

  it(
    "A shop without Redis keeps its locks in PostgreSQL, where other processes see them.",
    async () => {
      const take = (owner: string) =>
        fixture.folder.run(["exec", "./src/scripts/lock.js", "a key", owner], {
          databaseUrl: fixture.database.url,
        })
      expect(await take("one process")).toMatchObject({ code: 0 })
      const { rows } = await fixture.tables.client.query(
        "select owner_id from locking where id = 'a key'"
      )
      expect(rows).toEqual([{ owner_id: "one process" }])
      expect((await take("another process")).output).toContain(
        "Failed to acquire lock"
      )
    },
    COMMAND_LIMIT_MS
  )
})
