import {
  isErrorLine,
  readableLine,
  PREPARATION_LIMIT_MS,
  ShopFixture,
} from "../support/shop"

const START_LIMIT_MS = 60_000

describe("A wrong option in medusa-config", () => {
  let fixture: ShopFixture

  beforeAll(async () => {
    fixture = await ShopFixture.open()
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  it.each([
    [
      "a value that is not allowed",
      { sweep: "every now and then" },
      /^\[caching-postgres\] option "sweep": got 'every now and then', allowed: a cron expression .* or false$/,
    ],
    [
      "an option that does not exist",
      { timeToLive: 60 },
      /^\[caching-postgres\] option "timeToLive": got an option that does not exist, allowed: ttl, namespace, .*$/,
    ],
  ])(
    "stops the start with one line: %s",
    async (_case, cacheOptions, complaint) => {
      const { code, lines } = await fixture.folder.run(
        ["start", "--port", "0", "--host", "127.0.0.1"],
        {
          databaseUrl: fixture.database.url,
          cacheOptions,
        }
      )

      expect(code).toBe(1)
      const complaints = complaintsIn(lines.filter(isErrorLine))
      expect(complaints).toEqual([expect.stringMatching(complaint)])
    },
    START_LIMIT_MS
  )
})

/** What the provider says, without what Medusa puts before it and without Medusa's repetitions. */
function complaintsIn(lines: string[]): string[] {
  const found = lines
    .flatMap((line) => readableLine(line).split("\n"))
    .flatMap((line) => /\[caching-postgres\].*/.exec(line) ?? [])
    // Node prints the same once more, as the source of a string.
    .filter((complaint) => !complaint.includes("\\n"))
    .map((complaint) => complaint.replace(/`,$/, ""))

  return [...new Set(found)]
}
