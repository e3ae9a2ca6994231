import {
  isErrorLine,
  OWNER,
  PREPARATION_LIMIT_MS,
  productReads,
  ShopFixture,
  type CacheEntry,
  type RunningShop,
  type StatementRecorder,
} from "../support/shop"
import { waitFor } from "../support/wait"

const SHUTDOWN_LIMIT_MS = 5000
const COMMAND_LIMIT_MS = 60_000
const EVERY_SECOND = { sweep: "* * * * * *" }

describe("shops that share one cache", () => {
  let fixture: ShopFixture
  let recorders: [StatementRecorder, StatementRecorder]
  let first: RunningShop
  let second: RunningShop

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    recorders = [await fixture.record(), await fixture.record()]
    ;[first, second] = await Promise.all([
      fixture.start({
        databaseUrl: recorders[0].url,
        cacheOptions: EVERY_SECOND,
      }),
      fixture.start({ databaseUrl: recorders[1].url }),
    ])
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  beforeEach(async () => {
    await fixture.tables.empty()
  })

  it("A shop serves what another one has stored.", async () => {
    const stored = await first.listProducts()
    await storedList()

    const read = await recorders[1].during(() => second.listProducts())

    expect(productReads(read.statements)).toEqual([])
    expect(read.result).toEqual(stored)
  })

  it.each([
    ["first", "second"],
    ["second", "first"],
  ] as const)(
    "A change through the %s shop is shown in the %s.",
    async (changing, reading) => {
      const shops = { first, second }
      const before = await shops[reading].listProducts()
      const entry = await storedList()
      const title = `Changed through the ${changing}`

      const admin = await shops[changing].signIn(OWNER.email, OWNER.password)
      await admin.renameProduct(before[0]?.id ?? "", title)
      await waitFor("the cached list to be removed", async () =>
        (await fixture.tables.entry(entry.key)) === undefined ? true : undefined
      )

      expect(
        (await shops[reading].listProducts()).map((product) => product.title)
      ).toContain(title)
    }
  )

  it("What has expired is swept while a shop runs.", async () => {
    await first.listProducts()
    const entry = await storedList()

    await fixture.tables.expire(entry.key)

    await waitFor("the expired row to be swept", async () =>
      (await fixture.tables.rowsOf(entry.key)) === 0 ? true : undefined
    )
  })

  it(
    "medusa exec is served from the cache, and ends.",
    async () => {
      const products = await first.listProducts()
      await storedList()

      const { result, statements } = await recorders[1].during(() =>
        execRead({})
      )

      expect(result).toMatchObject({ code: 0, signal: null })
      expect(result.output).toContain(`Read ${products.length} products`)
      expect(result.lines.filter(isErrorLine)).toEqual([])
      expect(productReads(statements)).toEqual([])
    },
    COMMAND_LIMIT_MS
  )

  it(
    "A namespace that medusa-config gives shares no entry with others.",
    async () => {
      await first.listProducts()
      await storedList()

      const { statements } = await recorders[1].during(() =>
        execRead({ namespace: "another-shop" })
      )

      expect(productReads(statements)).not.toEqual([])
    },
    COMMAND_LIMIT_MS
  )

  it(
    "A shop ends on SIGTERM, and finds the cache warm after a restart.",
    async () => {
      const before = await first.listProducts()
      const entry = await storedList()

      // Killed where it takes longer, which its exit tells.
      const exits = await Promise.all(
        [first, second].map((shop) => shop.stop(SHUTDOWN_LIMIT_MS))
      )

      expect(exits).toEqual([
        expect.objectContaining({ code: 0 }),
        expect.objectContaining({ code: 0 }),
      ])
      expect([...first.errorLines(), ...second.errorLines()]).toEqual([])

      first = await fixture.start({ databaseUrl: recorders[0].url })
      const read = await recorders[0].during(() => first.listProducts())

      expect(productReads(read.statements)).toEqual([])
      expect(read.result).toEqual(before)
      expect((await storedList()).id).toBe(entry.id)
    },
    COMMAND_LIMIT_MS
  )

  async function execRead(
    cacheOptions: Record<string, unknown>
  ): ReturnType<ShopFixture["folder"]["run"]> {
    return fixture.folder.run(["exec", "./src/scripts/read-products.js"], {
      databaseUrl: recorders[1].url,
      cacheOptions,
    })
  }

  /** The only entry; Medusa answers a request before it has stored the answer. */
  async function storedList(): Promise<CacheEntry> {
    return waitFor("the list to be stored", async () => {
      const entries = await fixture.tables.entries()

      return entries.length === 1 ? entries[0] : undefined
    })
  }
})
