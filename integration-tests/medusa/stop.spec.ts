import { OWNER, PREPARATION_LIMIT_MS, ShopFixture } from "../support/shop"
import { waitFor } from "../support/wait"

const SHUTDOWN_LIMIT_MS = 5_000
const VISITORS = 16

describe("a shop under load", () => {
  let fixture: ShopFixture

  beforeAll(async () => {
    fixture = await ShopFixture.open()
  }, PREPARATION_LIMIT_MS)
  afterAll(async () => {
    await fixture?.close()
  })

  it.each(["start", "develop"] as const)(
    "A shop under load ends on SIGTERM within its limit and without an error line: medusa %s.",
    async (command) => {
      const shop = await fixture.start({
        command,
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

      // While it starts, `medusa develop` misses ts-node, which this shop has no use for.
      const errorsBefore = shop.errorLines()
      // Killed where it takes longer, which its exit tells.
      const exit = await shop.stop(SHUTDOWN_LIMIT_MS)
      await Promise.all(load)

      // `medusa develop` leaves SIGTERM to Node, which tells the signal instead of a code.
      expect(errorsBefore.filter((line) => !/ts-node/.test(line))).toEqual([])
      expect(exit).toMatchObject(
        command === "start"
          ? { code: 0, signal: null }
          : { code: null, signal: "SIGTERM" }
      )
      expect(shop.errorLines()).toEqual(errorsBefore)
    },
    60_000
  )
})
