import { inspect } from "node:util"
import type { PostgresCachingProvider } from "../../src/services"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"

type Method = "get" | "set" | "clear"

describe("wrong arguments", () => {
  const cache = testCache()
  let provider: PostgresCachingProvider

  beforeAll(() => {
    provider = cache.provider({ timeouts: LONG_TIMEOUTS })
  })
  beforeEach(() => cache.empty())

  const found = (key: string) => provider.get({ key })

  const boxed: unknown = new String("k")
  const bare: unknown = Object.create(null)
  // prettier-ignore
  const wrongKeys: unknown[] = [
    5, 0, NaN, true, false, 5n, Symbol("k"), {}, [], ["k"], boxed, bare, new Date(0), () => "k",
    { toString: () => "k" },
  ]
  // prettier-ignore
  const wrongTags: unknown[] = [
    "t", "", 5, true, {}, { length: 1, 0: "t" }, new Set(["t"]), new Map(), Symbol("t"), () => ["t"],
    ["t", 5], [null], [undefined], [["t"]], [{}], [Symbol("t")], [boxed], [bare], new Array(3), [5n],
  ]
  // prettier-ignore
  const wrongOptions: unknown[] = ["yes", "", 5, 0, true, false, [], [true], Symbol("o"), () => ({}), 5n]
  const wrongFlags: unknown[] = ["true", "", 0, 1, {}, [], Symbol("f"), NaN, 5n]

  type Case = [name: string, method: Method, argument: unknown, message: RegExp]
  const cases: Case[] = [
    ...(["get", "set", "clear"] as const).flatMap((method): Case[] => [
      ...wrongKeys.map((key): Case => [
        "key",
        method,
        { key, data: {} },
        /"key".* a string.*got ./s,
      ]),
      ...wrongTags.map((tags): Case => [
        "tags",
        method,
        method === "set" ? { key: "k", data: {}, tags } : { tags },
        /"tags" must (be an array of strings|hold strings only), got ./,
      ]),
    ]),
    ...(["set", "clear"] as const).flatMap((method): Case[] => [
      ...wrongOptions.map((options): Case => [
        "options",
        method,
        { key: "k", data: {}, options },
        /"options" must be an object, got ./,
      ]),
      ...wrongFlags.map((autoInvalidate): Case => [
        "options.autoInvalidate",
        method,
        { key: "k", data: {}, options: { autoInvalidate } },
        /"options\.autoInvalidate" must be true, false or left out, got ./,
      ]),
    ]),
    ...[Symbol("t"), () => 1, bare, "1 hour", "1e"].map((ttl): Case => [
      "ttl",
      "set",
      { key: "k", data: {}, ttl },
      /"ttl" of key 'k' must be a number of seconds.*got ./,
    ]),
    ...[{ key: "k" }, { key: "k", data: undefined }].map((input): Case => [
      "data",
      "set",
      input,
      /the data of key 'k' cannot be stored as JSON: got undefined/,
    ]),
  ]

  /** With the argument in words, for the test's name. */
  const shown = (all: Case[]) =>
    all.map(([name, method, argument, message]) => {
      const words = inspect(argument, { depth: 2, breakLength: Infinity })
      return { name, method, argument, message, words }
    })

  async function expectRefusal({
    method,
    argument,
    message,
  }: {
    method: Method
    argument: unknown
    message: RegExp
  }): Promise<void> {
    await provider.set({
      key: "k",
      data: "old",
      tags: ["t"],
      options: { autoInvalidate: false },
    })
    const before = await cache.everyRow()
    const call = async () => provider[method](argument as never)
    await expect(call()).rejects.toThrow(message)
    expect(await cache.everyRow()).toEqual(before)
  }

  it.each(shown(cases))(
    "A wrong argument is refused with an error that names $name: $method($words).",
    expectRefusal
  )

  const missing: Case[] = [
    // A TypeError of the language's own says neither which call it was nor what is wanted.
    ...(["get", "set", "clear"] as const).flatMap((method) =>
      [undefined, null, "k", 5].map((input): Case => [
        "the argument",
        method,
        input,
        new RegExp(`^\\[caching-postgres\\] ${method}: .*got `),
      ])
    ),
    ...[undefined, null, ""].map((key): Case => [
      "key",
      "set",
      { key, data: {} },
      /^\[caching-postgres\] set: "key" must be a string.*got ./,
    ]),
  ]
  it.each(shown(missing))(
    "A missing argument is refused with an error that says that $name is missing: $method($words).",
    expectRefusal
  )

  it.each([
    [{ key: "k", data: 1, tags: null, ttl: null, options: null }, 1],
    [{ key: "k", data: 1, options: { autoInvalidate: null, other: "x" } }, 1],
    [{ key: "k", data: 1, other: Symbol("x") }, 1],
    [Object.assign(Object.create(null) as object, { key: "k", data: 1 }), 1],
    [{ key: "k", data: 1, ttl: -1e308 }, null],
    [{ key: "k", data: 1, ttl: Number.MIN_VALUE }, null],
    [{ key: "k", data: 1, ttl: 1e11 }, 1],
    [{ key: "k", data: 1, ttl: "0x10" }, 1],
    [{ key: "k", data: 1, ttl: -0 }, 1],
  ])(
    "An odd argument that says what is meant is taken: set(%p).",
    async (input, expected) => {
      await provider.set(input as never)
      await cache.sql("select pg_sleep(0.001)")
      expect(await found("k")).toBe(expected)
    }
  )

  it("Arguments are read once: what a getter answers later does not count.", async () => {
    let reads = 0
    const input = {
      get key() {
        return `k${reads++}`
      },
      data: {},
    }
    await provider.set(input)
    expect(await found("k0")).toEqual({})
    expect(reads).toBe(1)
  })

  it.each(["get", "set", "clear"] as const)(
    "Arguments that throw when they are read reject %s, and nothing changes.",
    async (method) => {
      await provider.set({ key: "k", data: "old", tags: ["t"] })
      const before = await cache.everyRow()
      const thrown = new Error("from the getter")
      const fields =
        method === "set" ? ["key", "tags", "data"] : ["key", "tags"]
      for (const field of fields) {
        // Tags count where there is no key, except for a set.
        const key = method === "set" ? "k" : undefined
        const argument = Object.defineProperty({ key, data: {} }, field, {
          get() {
            throw thrown
          },
        })
        await expect(provider[method](argument as never)).rejects.toThrow(
          thrown
        )
      }
      expect(await cache.everyRow()).toEqual(before)
    }
  )

  it("A set with wrong arguments spoils no other set that was made at the same time.", async () => {
    const results = await Promise.allSettled([
      provider.set({ key: "a", data: 1 }),
      provider.set({ key: "b", data: 1n }),
      provider.set({ key: "c", data: 3 }),
    ])
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ])
    expect([await found("a"), await found("b"), await found("c")]).toEqual([
      1,
      null,
      3,
    ])
  })

  it("Arguments may change after the call without changing what it does.", async () => {
    const input = { key: "k", data: { n: 1 }, tags: ["t"] }
    const setting = provider.set(input)
    input.data.n = 2
    input.tags[0] = "u"
    input.key = "other"
    await setting
    expect(await provider.get({ tags: ["t"] })).toEqual([{ n: 1 }])

    const tags = ["t"]
    const clearing = provider.clear({ tags })
    tags[0] = "*"
    tags.push("x")
    await clearing
    expect(await found("k")).toBeNull()
  })
})
