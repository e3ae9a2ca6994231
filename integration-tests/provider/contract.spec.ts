import type { PostgresCachingProvider } from "../../src/services"
import { testCache } from "../support/provider/test-cache"

describe.each([
  ["one server", 1],
  ["two servers", 2],
  ["three servers", 3],
])("the documented contract with %s", (_, servers) => {
  const cache = testCache(servers)
  let provider: PostgresCachingProvider

  beforeAll(() => {
    provider = cache.provider()
  })
  beforeEach(() => cache.empty())

  const found = (key: string) => provider.get({ key })

  describe("get", () => {
    beforeEach(async () => {
      await provider.set({ key: "a", data: "A", tags: ["x", "y"] })
      await provider.set({ key: "b", data: "B", tags: ["y", "z"] })
    })

    it("A get by key gives the value, and null for a key that is not there.", async () => {
      expect(await found("a")).toBe("A")
      expect(await found("c")).toBeNull()
    })

    it("A get by key and tags goes by the key.", async () => {
      expect(await provider.get({ key: "a", tags: ["z"] })).toBe("A")
      expect(await provider.get({ key: "c", tags: ["z"] })).toBeNull()
    })

    it.each([{}, { key: "" }, { tags: [] }, { key: "", tags: [] }])(
      "A get gives null for %j.",
      async (input) => {
        expect(await provider.get(input)).toBeNull()
      }
    )

    it("An empty key counts as not given.", async () => {
      expect(await provider.get({ key: "", tags: ["x"] })).toEqual(["A"])
    })

    it("A get by tags gives each entry that has any of them, once.", async () => {
      expect(await provider.get({ tags: ["x", "y", "z", "y"] })).toEqual([
        "A",
        "B",
      ])
      expect(await provider.get({ tags: ["z"] })).toEqual(["B"])
    })

    it("A get by tags gives an empty list when none matches.", async () => {
      expect(await provider.get({ tags: ["none"] })).toEqual([])
    })

    it("A get by tags includes falsy values and leaves null out.", async () => {
      await provider.set({ key: "0", data: 0, tags: ["falsy"] })
      await provider.set({ key: "f", data: false, tags: ["falsy"] })
      await provider.set({ key: "e", data: "", tags: ["falsy"] })
      await provider.set({ key: "n", data: null, tags: ["falsy"] })
      expect(await provider.get({ tags: ["falsy"] })).toEqual([0, false, ""])
      expect(await found("n")).toBeNull()
    })

    it("Each caller of a get has a value of its own.", async () => {
      await provider.set({ key: "o", data: { list: [1] } })
      const [one, other] = (await Promise.all([found("o"), found("o")])) as {
        list: number[]
      }[]
      one!.list.push(2)
      expect(other).toEqual({ list: [1] })
      expect(await found("o")).toEqual({ list: [1] })
    })
  })

  describe("set", () => {
    it("A set keeps the order of fields.", async () => {
      await provider.set({ key: "o", data: { b: 1, a: 2, "1": 3 } })
      expect(JSON.stringify(await found("o"))).toBe('{"1":3,"b":1,"a":2}')
    })

    it("A set replaces data, tags, expiry and options in one step.", async () => {
      await provider.set({
        key: "a",
        data: 1,
        tags: ["old", "kept"],
        ttl: 0,
        options: { autoInvalidate: false },
      })
      await provider.set({ key: "a", data: 2, tags: ["kept", "new"], ttl: 60 })

      expect(await found("a")).toBe(2)
      expect(await provider.get({ tags: ["old"] })).toEqual([])
      expect(await provider.get({ tags: ["new"] })).toEqual([2])
      expect(await cache.rows()).toEqual({ entries: 1, tags: 2, options: 0 })
      await provider.clear({ tags: ["old"] })
      expect(await found("a")).toBe(2)
      await provider.clear({
        tags: ["kept"],
        options: { autoInvalidate: true },
      })
      expect(await found("a")).toBeNull()
    })

    it("A set replaces an entry that had expired meanwhile, with all its tags.", async () => {
      await provider.set({ key: "a", data: 1, tags: ["old"], ttl: 0.001 })
      await cache.sql("select pg_sleep(0.01)")
      await provider.set({ key: "a", data: 2, tags: ["new"] })
      await provider.clear({ tags: ["old"] })
      expect(await found("a")).toBe(2)
    })

    it("A set writes no option row for the default, and one for autoInvalidate false.", async () => {
      await provider.set({ key: "a", data: 1, options: {} })
      await provider.set({
        key: "b",
        data: 1,
        options: { autoInvalidate: undefined },
      })
      await provider.set({
        key: "c",
        data: 1,
        options: { autoInvalidate: true },
      })
      expect((await cache.rows()).options).toBe(0)
      await provider.set({
        key: "d",
        data: 1,
        options: { autoInvalidate: false },
      })
      expect((await cache.rows()).options).toBe(1)
    })

    it("Of several values set for a key at once the last one stays.", async () => {
      await Promise.all(
        [1, 2, 3].map((data) =>
          provider.set({ key: "a", data: { data }, tags: [`t${data}`] })
        )
      )
      expect(await found("a")).toEqual({ data: 3 })
      expect((await cache.rows()).tags).toBe(1)
    })
  })

  describe("clear", () => {
    const flags = [undefined, true, false]
    const keys = ["unset", "true", "false"]

    beforeEach(async () => {
      for (const [index, autoInvalidate] of flags.entries()) {
        await provider.set({
          key: keys[index]!,
          data: keys[index],
          tags: ["t", keys[index]!],
          options: { autoInvalidate },
        })
      }
    })
    const left = () => provider.get({ tags: ["t"] })

    it.each([
      { options: undefined, stays: [] },
      { options: { autoInvalidate: true }, stays: ["false"] },
      { options: { autoInvalidate: false }, stays: keys },
      { options: {}, stays: keys },
    ])(
      "A clear by tags with options $options keeps $stays.",
      async ({ options, stays }) => {
        await provider.clear({ tags: ["t"], options: options })
        expect(await left()).toEqual(stays)
      }
    )

    it.each([
      { options: undefined, stays: [] },
      { options: { autoInvalidate: true }, stays: ["false"] },
      { options: { autoInvalidate: false }, stays: keys },
      { options: {}, stays: keys },
    ])(
      "A clear by key with options $options keeps $stays.",
      async ({ options, stays }) => {
        for (const key of keys) {
          await provider.clear({ key, options: options })
        }
        expect(await left()).toEqual(stays)
      }
    )

    it("A clear by key and tags goes by the key alone.", async () => {
      await provider.clear({ key: "true", tags: ["t"] })
      expect(await left()).toEqual(["unset", "false"])
    })

    it.each([{}, { key: "", tags: [] }, { tags: [] }])(
      "A clear removes nothing for %j.",
      async (input) => {
        await provider.clear(input)
        expect(await left()).toEqual(keys)
      }
    )

    it("A clear removes an entry with all its rows.", async () => {
      await provider.clear({ tags: ["t"] })
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    })

    it.each([
      undefined,
      {},
      { autoInvalidate: false },
      { autoInvalidate: true },
    ])('A clear of "*" with options %j empties the cache.', async (options) => {
      await provider.clear({ tags: ["other", "*"], options: options })
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    })

    it.each(["**", "X:list:*", " *", "%", ".*"])(
      "A clear takes %j for a tag like any other.",
      async (tag) => {
        await provider.set({ key: "s", data: 1, tags: [tag] })
        await provider.clear({ tags: [tag] })
        expect(await left()).toEqual(keys)
        expect(await found("s")).toBeNull()
      }
    )

    it('A set stores "*" as a tag without harm.', async () => {
      await provider.set({ key: "s", data: 1, tags: ["*"] })
      expect(await provider.get({ tags: ["*"] })).toEqual([1])
    })

    it('A clear of "*" empties a cache of more entries than one batch.', async () => {
      await Promise.all(
        Array.from({ length: 4_100 }, (_, index) =>
          provider.set({ key: `k${index}`, data: { index }, tags: ["many"] })
        )
      )
      await provider.clear({ tags: ["*"] })
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    })
  })
})
