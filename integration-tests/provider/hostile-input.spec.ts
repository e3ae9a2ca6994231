import type { CachingPostgresOptions } from "../../src"
import { resolveOptions } from "../../src/options"
import type { PostgresCachingProvider } from "../../src/services"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"

const MEGABYTE = 1024 * 1024

/** The first, a middle and the last code point of each Unicode plane; noncharacters are among them. */
const PLANES = Array.from({ length: 17 }, (_, plane) =>
  [0x0, 0x1f600 & 0xffff, 0xfffd, 0xffff].map((offset) =>
    String.fromCodePoint(plane * 0x10000 + offset)
  )
).flat()

const SURROGATES = [
  "\ud800",
  "\udbff",
  "\udc00",
  "\udfff",
  "\udc00\ud800",
  "\ud800\ud800\udc00",
]

const PROTOTYPE_NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "__defineGetter__",
  "toJSON",
  "then",
  "valueOf",
]

const SQL = [
  "'; drop table caching_postgres_entry; --",
  "'); delete from caching_postgres_entry; --",
  "' or '1'='1",
  '"; drop schema public cascade; --',
  "$1",
  "$$; select pg_sleep(60); $$",
  "\\'; select 1; --",
  "E'\\047'",
  "/* */",
  "{NULL}",
  '{"a","b"}',
  "%s%n%x",
  "\r\n\t\b\x1b[31m",
]

const NAMES = [...PLANES, ...SURROGATES, ...PROTOTYPE_NAMES, ...SQL]

describe("hostile input", () => {
  const cache = testCache()
  let provider: PostgresCachingProvider

  beforeAll(() => {
    provider = cache.provider({
      maxEntryBytes: 64 * MEGABYTE,
      timeouts: LONG_TIMEOUTS,
    })
  })
  beforeEach(async () => {
    // What a test has missed is not to count as missed in the next one.
    await provider.clear({ tags: ["*"] })
    await cache.empty()
  })

  const found = (key: string) => provider.get({ key })
  const ownNamesOfPrototypes = () =>
    [Object.prototype, Array.prototype, Function.prototype].map((prototype) =>
      Reflect.ownKeys(prototype)
    )
  const untouched = ownNamesOfPrototypes()
  afterEach(() => expect(ownNamesOfPrototypes()).toEqual(untouched))

  describe("names", () => {
    it("Hostile keys are kept apart, whether they come alone or together.", async () => {
      for (const [index, key] of NAMES.entries()) {
        await provider.set({ key, data: { alone: index } })
      }
      for (const [index, key] of NAMES.entries()) {
        expect(await found(key)).toEqual({ alone: index })
      }
      await Promise.all(
        NAMES.map((key, index) => provider.set({ key, data: { index } }))
      )
      const values = await Promise.all(NAMES.map(found))
      expect(values).toEqual(NAMES.map((_, index) => ({ index })))
      expect((await cache.rows()).entries).toBe(NAMES.length)
    })

    it("A clear of one hostile key removes no other.", async () => {
      await Promise.all(
        NAMES.map((key, index) => provider.set({ key, data: { index } }))
      )
      for (const [index, key] of NAMES.entries()) {
        await provider.clear({ key })
        expect(await found(key)).toBeNull()
        const { entries } = await cache.rows()
        expect(entries).toBe(NAMES.length - index - 1)
      }
    })

    it("Hostile tags are kept apart.", async () => {
      await Promise.all(
        NAMES.map((tag, index) =>
          provider.set({ key: `k${index}`, data: { index }, tags: [tag] })
        )
      )
      for (const [index, tag] of NAMES.entries()) {
        expect(await provider.get({ tags: [tag] })).toEqual([{ index }])
        await provider.clear({ tags: [tag] })
        expect(await provider.get({ tags: [tag] })).toEqual([])
      }
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    })

    it("Hostile tags come together on one entry, and each of them finds it.", async () => {
      await provider.set({ key: "k", data: { a: 1 }, tags: NAMES })
      for (const tag of NAMES) {
        expect(await provider.get({ tags: [tag] })).toEqual([{ a: 1 }])
      }
      const { topTags } = await provider.stats()
      expect(NAMES).toEqual(
        expect.arrayContaining(topTags.map(({ tag }) => tag))
      )
    })

    it("A hostile name stands in one line of the log, whatever it is, and cut where it is long.", async () => {
      const logger = new TestLogger()
      for (const key of [...SQL, ...SURROGATES, "\0", "k".repeat(MEGABYTE)]) {
        // One for each, since those of a kind are deduplicated.
        const small = cache.provider({ maxEntryBytes: 1 }, logger)
        await small.set({ key, data: "too large" })
        await expect(small.set({ key, data: 1n })).rejects.toThrow(/^.{1,300}$/)
        await small.close()
      }
      expect(logger.complaints).not.toHaveLength(0)
      for (const line of logger.complaints) {
        expect(line).toMatch(/^[^\p{Cc}\p{Cs}]{1,300}$/u)
      }
    })

    it("A key or a tag may be a megabyte long.", async () => {
      const long = "\u{1F6D2}".repeat(MEGABYTE / 4)
      await provider.set({ key: long, data: { n: 1 }, tags: [long] })
      await provider.set({
        key: `${long}.`,
        data: { n: 2 },
        tags: [`${long}.`, "\0".repeat(MEGABYTE)],
      })
      expect(await found(long)).toEqual({ n: 1 })
      expect(await provider.get({ tags: [`${long}.`] })).toEqual([{ n: 2 }])
      await provider.clear({ tags: ["\0".repeat(MEGABYTE)] })
      expect(await found(`${long}.`)).toBeNull()
      expect(await found(long)).toEqual({ n: 1 })
    })

    it("One set, one get and one clear may have 100,000 tags.", async () => {
      const tags = Array.from({ length: 100_000 }, (_, index) => `tag ${index}`)
      await provider.set({ key: "k", data: { a: 1 }, tags })
      await provider.set({
        key: "exempt",
        data: { b: 2 },
        tags,
        options: { autoInvalidate: false },
      })
      expect((await cache.rows()).tags).toBe(200_000)
      expect(await provider.get({ tags: ["tag 99999"] })).toHaveLength(2)
      expect(await provider.get({ tags })).toEqual([{ a: 1 }, { b: 2 }])
      await provider.clear({ tags, options: { autoInvalidate: true } })
      expect(await cache.rows()).toEqual({
        entries: 1,
        tags: 100_000,
        options: 1,
      })
      await provider.clear({ tags })
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    }, 120_000)

    it.each(SQL.filter((name) => !name.includes("\0")))(
      "The namespace %j is nothing but text.",
      async (namespace) => {
        const other = cache.provider({ namespace, timeouts: LONG_TIMEOUTS })
        await provider.set({ key: "k", data: { of: "medusa" }, tags: ["t"] })
        await other.set({ key: "k", data: { of: namespace }, tags: ["t"] })
        expect(await other.get({ tags: ["t"] })).toEqual([{ of: namespace }])
        expect((await other.stats()).entries).toBe(1)
        await other.clear({ tags: ["*"] })
        expect(await other.get({ key: "k" })).toBeNull()
        expect(await found("k")).toEqual({ of: "medusa" })
        await other.close()
      }
    )

    it.each([
      ...SQL,
      ...PROTOTYPE_NAMES.map((name) => `${name}"`),
      "Public",
      "1st",
      "a-b",
      "a.b",
      'a"b',
      "ünï",
      "a b",
      "a".repeat(64),
      "",
      5,
      null,
      {},
    ])("The schema %j is refused.", (schema) => {
      const options = { database: { schema } } as CachingPostgresOptions
      expect(() =>
        resolveOptions(options, { database: { clientUrl: cache.url } })
      ).toThrow(
        /^\[caching-postgres\] option "database\.schema": got .*, allowed: a lower-case identifier/s
      )
    })
  })

  describe("values", () => {
    it("A hostile value comes back as JSON.stringify wrote it.", async () => {
      const values: unknown[] = [
        NAMES,
        Object.fromEntries(NAMES.map((name, index) => [name, index])),
        // eslint-disable-next-line no-sparse-arrays
        [1, , undefined, () => 1, Symbol("s"), 2],
        Object.assign([1, 2], { named: true }),
        { date: new Date(NaN), not: NaN, far: Infinity, minus: -0 },
        { map: new Map([[1, 2]]), set: new Set([1]), pattern: /x/ },
        { bytes: Buffer.from("a"), typed: new Uint8Array(2) },
        [new String("boxed"), new Number(1), new Boolean(false)],
        Object.create({ inherited: true }, { hidden: { value: 1 } }),
        Object.assign(Object.create(null) as object, { a: 1 }),
        { get computed() { return "by a getter" } }, // prettier-ignore
        { toJSON: () => ({ toJSON: "not called twice" }) },
        new Proxy({ a: 1 }, {}),
        new Error("lost"),
      ]
      for (const data of values) {
        await provider.set({ key: "k", data })
        const expected = JSON.stringify(data)
        expect(JSON.stringify(await found("k"))).toBe(expected)
      }
    })

    it.each(PROTOTYPE_NAMES)(
      "A value may have %j as a field of its own, on every level.",
      async (name) => {
        const json = `{"${name}":{"polluted":true},"list":[{"${name}":{"${name}":null}}]}`
        await provider.set({ key: name, data: JSON.parse(json) as unknown })
        await provider.set({
          key: "k",
          data: JSON.parse(json) as unknown,
          tags: [name],
        })
        const [byTag] = (await provider.get({ tags: [name] })) as object[]
        for (const value of [await found(name), byTag] as object[]) {
          expect(JSON.stringify(value)).toBe(json)
          expect(Object.hasOwn(value, name)).toBe(true)
          expect(Object.getPrototypeOf(value)).toBe(
            Object.getPrototypeOf(JSON.parse("{}"))
          )
        }
        expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
      }
    )

    it("A value may have 50 MB, where maxEntryBytes allows it.", async () => {
      const data = { text: 'é\\"\n'.repeat(6.5 * MEGABYTE) }
      await provider.set({ key: "k", data, tags: ["t"] })
      const { text } = (await found("k")) as typeof data
      // Not by toBe, which would write both strings out.
      expect(text === data.text).toBe(true)
    }, 120_000)

    it("A value may be nested a thousand levels deep.", async () => {
      const json = `${'{"a":['.repeat(500)}${"]}".repeat(500)}`
      await provider.set({ key: "k", data: JSON.parse(json) as unknown })
      expect(JSON.stringify(await found("k"))).toBe(json)
    })

    it("A value nested deeper than JSON.stringify goes is refused, or stored.", async () => {
      for (const depth of [2_000, 5_000, 10_000, 200_000]) {
        const data: unknown = JSON.parse("[".repeat(depth) + "]".repeat(depth))
        await provider.set({ key: "k", data: "old" })
        try {
          await provider.set({ key: "k", data })
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^\[caching-postgres\] set: the data of key 'k' cannot be stored as JSON: .*call stack/
          )
          expect(await found("k")).toBe("old")
          continue
        }
        expect(depthOf(await found("k"))).toBe(depth)
      }
    })

    const circular: { list: unknown[] } = { list: [] }
    circular.list.push({ deep: circular })
    const throwing = (thrown: unknown) => ({
      toJSON() {
        throw thrown
      },
    })
    it.each<[string, unknown]>([
      ["a cycle deep within", circular],
      ["a BigInt deep within", [[[{ n: 1n }]]]],
      ["a boxed BigInt", Object(1n)],
      ["toJSON that throws an error", throwing(new Error("from toJSON"))],
      ["toJSON that gives nothing", { toJSON: () => undefined }],
      ["a revoked proxy", revokedProxy()],
      ["a proxy that throws", new Proxy({}, { ownKeys: () => { throw new Error("from the proxy") } })], // prettier-ignore
      ["a symbol", Symbol.iterator],
      ["a class", class A {}],
    ])(
      "A value that cannot be stored is refused with the key's name and leaves all as it was: %s.",
      async (_, data) => {
        await provider.set({ key: "k", data: "old", tags: ["t"] })
        const before = await cache.everyRow()
        await expect(
          provider.set({ key: "k", data, tags: ["u"] })
        ).rejects.toThrow(
          /^\[caching-postgres\] set: the data of key 'k' cannot be stored as JSON: ./
        )
        expect(await cache.everyRow()).toEqual(before)
      }
    )

    it.each<[string, unknown]>([
      ["a string", "the reason"],
      ["undefined", undefined],
      ["an object without a prototype", Object.create(null)],
    ])(
      "A value whose toJSON throws %s instead of an error is refused in the same way.",
      async (_, thrown) => {
        await expect(
          provider.set({ key: "k", data: throwing(thrown) })
        ).rejects.toThrow(
          thrown === "the reason"
            ? /^\[caching-postgres\] set: the data of key 'k' cannot be stored as JSON: the reason$/
            : /^\[caching-postgres\] set: the data of key 'k' cannot be stored as JSON: (?!undefined$)./
        )
      }
    )
  })
})

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function depthOf(value: unknown): number {
  let depth = 0
  for (let at = value; Array.isArray(at); at = at[0] as unknown) {
    depth++
  }
  return depth
}
