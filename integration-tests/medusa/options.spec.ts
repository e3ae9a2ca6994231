import {
  isErrorLine,
  readableLine,
  PREPARATION_LIMIT_MS,
  ShopFixture,
} from "../support/shop"

const START_LIMIT_MS = 60_000

describe("a wrong option in medusa-config", () => {
  let fixture: ShopFixture

  beforeAll(async () => {
    fixture = await ShopFixture.open()
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  it(
    "A shop with wrong options stops, and its log names each of them once, before anything else that is wrong.",
    async () => {
      const { code, lines } = await fixture.folder.run(
        ["start", "--port", "0", "--host", "127.0.0.1"],
        {
          databaseUrl: fixture.database.url,
          cacheOptions: { sweep: "every now and then", maxEntrys: 60 },
        }
      )

      expect(code).toBe(1)
      const errors = lines.filter(isErrorLine).map(readableLine)
      expect(errors.slice(0, 2)).toEqual([
        expect.stringMatching(
          /^error: \[caching-postgres\] option "sweep": got 'every now and then', allowed: a cron expression .* or false$/
        ),
        'error: [caching-postgres] option "maxEntrys" does not exist, did you mean "maxEntries"?',
      ])
      const everything = lines.join("\n")
      expect(everything.match(/every now and then/g)).toHaveLength(1)
      expect(everything.match(/maxEntrys/g)).toHaveLength(1)
    },
    START_LIMIT_MS
  )
})
