import {
  OWNER,
  PREPARATION_LIMIT_MS,
  ShopFixture,
  waitFor,
} from "../support/shop"

const SHUTDOWN_LIMIT_MS = 5_000
const VISITORS = 16

describe("A shop under load", () => {
  let fixture: ShopFixture

  beforeAll(async () => {
    fixture = await ShopFixture.open()
  }, PREPARATION_LIMIT_MS)
  afterAll(async () => {
    await fixture?.close()
  })

  it("ends on SIGTERM, soon and without an error line", async () => {
    const shop = await fixture.start({
      cacheOptions: { sweep: "* * * * * *" },
    })
    const [product] = await shop.listProducts()
    const admin = await shop.signIn(OWNER.email, OWNER.password)

    let answered = 0
    const goOn = async (request: (round: number) => Promise<unknown>) => {
      try {
        for (let round = 0; ; round++) {
          await request(round)
          answered++
        }
      } catch {
        // The shop takes no more requests.
      }
    }
    const load = [
      ...Array.from({ length: VISITORS }, () =>
        goOn(() => shop.listProducts())
      ),
      goOn(() => shop.findProduct(product!.id)),
      // Each change clears what the visitors read.
      goOn((round) => admin.renameProduct(product!.id, `Shirt ${round}`)),
    ]
    await waitFor("the load", () =>
      Promise.resolve(answered > 200 ? true : undefined)
    )

    const begun = performance.now()
    const exit = await shop.stop()
    const tookMs = performance.now() - begun
    await Promise.all(load)

    expect(exit).toMatchObject({ code: 0, signal: null })
    expect(tookMs).toBeLessThan(SHUTDOWN_LIMIT_MS)
    expect(shop.errorLines()).toEqual([])
  }, 60_000)
})
