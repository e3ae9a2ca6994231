import type { PostgresCachingProvider } from "../../src/services"
import { testCache } from "../support/provider/test-cache"

const NAMES = [
  "plain",
  "Plain",
  "with space ",
  "with space",
  "ünï©ødé",
  "u\u0308", // ü in two code points
  "\u00fc", // ü in one
  "漢字",
  "\u{1F6D2}\u{10FFFF}",
  "\0",
  "\0\0",
  "a\0b",
  "\ud800", // lone surrogates
  "\udc00",
  "\ufffd", // what UTF-8 makes of both
  "\\u0000",
  '"quoted"',
  "'; drop table caching_postgres_entry; --",
  "$1",
  "%_",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "k".repeat(1024 * 1024),
  "k".repeat(1024 * 1024) + "k",
]

describe("names and values of every kind", () => {
  const cache = testCache()
  let provider: PostgresCachingProvider

  beforeAll(() => {
    provider = cache.provider()
  })
  beforeEach(() => cache.empty())

  it("Every key is kept apart from every other.", async () => {
    await Promise.all(
      NAMES.map((key, index) => provider.set({ key, data: { index } }))
    )
    const values = await Promise.all(NAMES.map((key) => provider.get({ key })))
    expect(values).toEqual(NAMES.map((_, index) => ({ index })))
  })

  it("Every tag is kept apart from every other.", async () => {
    await Promise.all(
      NAMES.map((tag, index) =>
        provider.set({ key: `k${index}`, data: { index }, tags: [tag] })
      )
    )
    for (const [index, tag] of NAMES.entries()) {
      expect(await provider.get({ tags: [tag] })).toEqual([{ index }])
    }
    await provider.clear({ tags: ["\ud800"] })
    expect((await cache.rows()).entries).toBe(NAMES.length - 1)
  })

  it("A key is never answered with another's data, even under the same digest.", async () => {
    await provider.set({ key: "one", data: { secret: 1 } })
    await provider.set({ key: "two", data: { secret: 2 } })
    // No two strings with one digest are known, so the collision is made in the table.
    await cache.sql(
      `with two as (delete from caching_postgres_entry where key = '"two"' returning *)
       update caching_postgres_entry e set key = two.key from two where e.key = '"one"'`
    )
    expect(await provider.get({ key: "one" })).toBeNull()
  })

  it.each([
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["toJSON", { toJSON: () => ({ own: true }) }, { own: true }],
    ["NaN", { n: NaN }, { n: null }],
    ["undefined fields", { a: undefined, b: 1 }, { b: 1 }],
    ["strings of every kind", NAMES.slice(0, -2), NAMES.slice(0, -2)],
    ["large numbers", [1e308, -0, 2 ** 53], [1e308, 0, 2 ** 53]],
  ])("A set stores %s as JSON does.", async (_, data, expected) => {
    await provider.set({ key: "k", data })
    expect(await provider.get({ key: "k" })).toEqual(expected)
  })

  it("A set keeps fields named __proto__ and constructor.", async () => {
    const json = '{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}'
    await provider.set({ key: "k", data: JSON.parse(json) as object })
    expect(JSON.stringify(await provider.get({ key: "k" }))).toBe(json)
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  it("A set stores large values.", async () => {
    const bytes = 20 * 1024 * 1024
    const data = { text: "x".repeat(bytes) }
    const roomy = cache.provider({
      maxEntryBytes: 2 * bytes,
      timeouts: { getMillis: 10_000, writeMillis: 10_000 },
    })
    await roomy.set({ key: "k", data })
    const found = (await roomy.get({ key: "k" })) as typeof data | null
    expect(found?.text === data.text).toBe(true)
  })

  const circular: { self?: unknown } = {}
  circular.self = circular
  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a BigInt", { n: 1n }],
    ["a cycle", circular],
    [
      "a getter that throws",
      Object.defineProperty({}, "bad", {
        enumerable: true,
        get() {
          throw new Error("from the getter")
        },
      }),
    ],
  ])(
    "A set of %s is refused, which names the key and keeps the old value.",
    async (_, data) => {
      await provider.set({ key: "the key", data: { old: true } })
      await expect(
        provider.set({ key: "the key", data: data })
      ).rejects.toThrow(/the data of key 'the key' cannot be stored as JSON/)
      expect(await provider.get({ key: "the key" })).toEqual({ old: true })
    }
  )

  it.each([
    [
      "set without a key",
      () => provider.set({ key: "", data: {} }),
      /set: "key"/,
    ],
    [
      "a key of another type",
      () => provider.set({ key: 5 as never, data: {} }),
      /set: "key" must be a string, got 5/,
    ],
    [
      "get by a number",
      () => provider.get({ key: 5 as never }),
      /get: "key" must be a string, got 5/,
    ],
    [
      "tags as a string",
      () => provider.get({ tags: "t" as never }),
      /get: "tags" must be an array of strings, got 't'/,
    ],
    [
      "a tag that is none",
      () => provider.clear({ tags: ["a", null as never] }),
      /clear: "tags" must hold strings only, got null/,
    ],
    [
      "options as a string",
      () => provider.clear({ key: "a", options: "yes" as never }),
      /clear: "options" must be an object, got 'yes'/,
    ],
    [
      "a flag as a string",
      () =>
        provider.set({
          key: "a",
          data: {},
          options: { autoInvalidate: "no" as never },
        }),
      /"options.autoInvalidate" must be true, false or left out, got 'no'/,
    ],
  ])("A call is refused with a clear error: %s.", async (_, call, message) => {
    await expect(call()).rejects.toThrow(message)
  })

  it("One call may have thousands of tags.", async () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => `tag-${index}`)
    await provider.set({ key: "k", data: { a: 1 }, tags })
    expect((await cache.rows()).tags).toBe(tags.length)
    expect(await provider.get({ tags })).toEqual([{ a: 1 }])
    await provider.clear({ tags, options: { autoInvalidate: true } })
    expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
  })
})
