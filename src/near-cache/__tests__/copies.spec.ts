import { Random } from "../../../integration-tests/support/random"
import type { NearCacheSettings } from "../../options"
import { Copies } from "../copies"
import { entry, keep, ROOMY } from "./kept"

/** Room for about ten values of the size below. */
const TIGHT: NearCacheSettings = { ...ROOMY, maxBytes: 10_000 }
const TEXT = "x".repeat(200)

let now = 0

beforeEach(() => {
  now = 1_000
  jest.spyOn(performance, "now").mockImplementation(() => now)
})
afterEach(() => {
  jest.restoreAllMocks()
})

const get = (copies: Copies, key: string) => copies.get(key, now)

/** Ids of which it knows the key: one for each entry, or memory would leak. */
const ids = (copies: Copies) => copies["keys"].size

describe("Copies", () => {
  it("Copies are found by their key, and counted.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", { answer: 42 })
    keep(copies, "other", [1])
    expect(get(copies, "k")).toEqual({ answer: 42 })
    expect(get(copies, "k")).toEqual({ answer: 42 })
    expect(get(copies, "unknown")).toBeUndefined()
    expect(copies).toMatchObject({ count: 2, hits: 2 })
  })

  it("The copy that was kept last is served, and only its id removes it.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", "old", { id: "1" })
    keep(copies, "k", "new", { id: "2" })
    expect(get(copies, "k")).toBe("new")
    copies.removeIds(["1"])
    expect(get(copies, "k")).toBe("new")
    copies.removeIds(["2"])
    expect(get(copies, "k")).toBeUndefined()
    expect([copies.count, ids(copies)]).toEqual([0, 0])
  })
})

describe("The room for copies", () => {
  it("Copies take at most maxBytes, and the least recently used go.", () => {
    const copies = new Copies(TIGHT)
    for (let index = 0; index < 100; index++) {
      keep(copies, `k${index}`, TEXT)
      // Used again and again.
      expect(get(copies, "k0")).toBe(TEXT)
      expect(copies.bytes).toBeLessThanOrEqual(TIGHT.maxBytes)
    }
    expect(copies.count).toBeGreaterThan(5)
    expect(get(copies, "k99")).toBe(TEXT)
    expect(get(copies, "k1")).toBeUndefined()
  })

  it("Copies take at most maxBytes when their values have been parsed, too.", () => {
    const copies = new Copies(TIGHT)
    // Short as JSON, and long in memory.
    const value = Array.from({ length: 100 }, () => ({}))
    for (let index = 0; index < 50; index++) {
      keep(copies, `k${index}`, value)
      const before = copies.bytes
      get(copies, `k${index}`)
      expect(copies.bytes).not.toBe(before)
      expect(copies.bytes).toBeLessThanOrEqual(TIGHT.maxBytes)
    }
    expect(ids(copies)).toBe(copies.count)
  })

  it("A value larger than maxBytes is not kept, and removes the older copy of its key.", () => {
    const copies = new Copies(TIGHT)
    keep(copies, "k", "old", { id: "1" })
    keep(copies, "other", TEXT)
    keep(copies, "k", "x".repeat(TIGHT.maxBytes), { id: "2" })
    expect(get(copies, "k")).toBeUndefined()
    expect(get(copies, "other")).toBe(TEXT)
    expect([copies.count, ids(copies)]).toEqual([1, 1])
  })

  it("The bytes of a key count towards maxBytes.", () => {
    const copies = new Copies(TIGHT)
    keep(copies, "k".repeat(TIGHT.maxBytes), 1)
    expect(copies.count).toBe(0)
  })

  it("No id outlives its copy, in any order of calls.", () => {
    const copies = new Copies(TIGHT)
    const random = new Random(1)
    for (let turn = 0; turn < 20_000; turn++) {
      const key = `k${random.below(40)}`
      const id = String(turn)
      switch (random.below(5)) {
        case 0:
          copies.removeIds([String(turn - random.below(60))])
          break
        case 1:
          get(copies, key)
          break
        case 2:
          now += random.below(500)
          break
        default:
          keep(copies, key, TEXT.slice(random.below(200)), {
            id,
            seconds: random.below(20),
          })
      }
      if (random.below(2_000) === 0) {
        copies.empty()
      }
      expect(ids(copies)).toBe(copies.count)
    }
    expect(copies.count).toBeGreaterThan(0)
    copies.empty()
    expect([copies.count, copies.bytes, ids(copies)]).toEqual([0, 0, 0])
  })
})

describe("The age of a copy", () => {
  it("A copy expires with the option ttl.", () => {
    const copies = new Copies({ ...ROOMY, ttl: 5 })
    keep(copies, "k", 1, { seconds: 60 })
    now += 4_999
    expect(get(copies, "k")).toBe(1)
    now += 1
    expect(get(copies, "k")).toBeUndefined()
    expect([copies.count, ids(copies)]).toEqual([0, 0])
  })

  it("A copy expires with its entry, if that is sooner than the option ttl.", () => {
    const copies = new Copies({ ...ROOMY, ttl: 5 })
    keep(copies, "k", 1, { seconds: 0.5 })
    now += 499
    expect(get(copies, "k")).toBe(1)
    now += 1
    expect(get(copies, "k")).toBeUndefined()
  })

  it("The age of a copy counts from the beginning of its read, not from the answer.", () => {
    const copies = new Copies({ ...ROOMY, ttl: 5 })
    const read = copies.beginRead()
    now += 2_000
    copies.keep(read, "k", entry("1", "1"))
    copies.end(read)
    now += 2_999
    expect(get(copies, "k")).toBe(1)
    now += 1
    expect(get(copies, "k")).toBeUndefined()
  })

  it("A get does not prolong the life of a copy.", () => {
    const copies = new Copies({ ...ROOMY, ttl: 5 })
    keep(copies, "k", 1)
    for (let second = 0; second < 5; second++) {
      expect(get(copies, "k")).toBe(1)
      now += 1_000
    }
    expect(get(copies, "k")).toBeUndefined()
  })
})

describe("Removing copies", () => {
  it("An announcement of an id removes neither newer copies nor other ones.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", "new", { id: "2" })
    keep(copies, "other", 1, { id: "3" })
    copies.removeIds(["1", "4"])
    expect(get(copies, "k")).toBe("new")
    copies.removeIds(["3"])
    expect(get(copies, "k")).toBe("new")
    expect(get(copies, "other")).toBeUndefined()
  })

  it("A read under way does not bring back an id that was removed meanwhile.", () => {
    const copies = new Copies(ROOMY)
    const reads = [copies.beginRead(), copies.beginRead()]
    copies.removeIds(["1"])
    for (const read of reads) {
      copies.keep(read, "k", entry("1", "1"))
      copies.keep(read, "newer", entry("2", "2"))
      copies.end(read)
    }
    expect(get(copies, "k")).toBeUndefined()
    expect(get(copies, "newer")).toBe(2)
  })

  it("A read under way keeps nothing when all copies were removed meanwhile.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", 1)
    const read = copies.beginRead()
    copies.empty()
    copies.keep(read, "k", entry("1", "1"))
    copies.end(read)
    expect([copies.count, ids(copies)]).toEqual([0, 0])
    keep(copies, "k", 2)
    expect(get(copies, "k")).toBe(2)
  })

  it("What was removed is remembered only for reads under way.", () => {
    const copies = new Copies(ROOMY)
    const read = copies.beginRead()
    copies.end(read)
    copies.removeIds(["1"])
    copies.removeByKeys(["k"])
    expect([read.ids.size, read.keys.size]).toEqual([0, 0])
    expect(copies["readsUnderWay"].size).toBe(0)
  })
})

describe("What callers get", () => {
  const value = () => ({
    list: [1, [2, { deep: "x" }], null],
    text: "t",
    nothing: null,
  })

  it("Each caller gets a value of its own, which it may change.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", value())
    for (let turn = 0; turn < 3; turn++) {
      const got = get(copies, "k") as ReturnType<typeof value>
      expect(got).toEqual(value())
      const [, inner] = got.list as [number, [number, { deep: string }]]
      inner[1].deep = "changed"
      inner.push(3)
      got.list.length = 1
      got.text = "changed"
    }
  })

  it("All callers get the same frozen value with share.", () => {
    const copies = new Copies({ ...ROOMY, share: true })
    keep(copies, "k", value())
    const got = get(copies, "k") as ReturnType<typeof value>
    expect(got).toEqual(value())
    expect(get(copies, "k")).toBe(got)
    const inner = got.list[1] as unknown[]
    const frozen = [got, got.list, inner, inner[1]]
    expect(frozen.map(Object.isFrozen)).toEqual([true, true, true, true])
    expect(() => inner.push(3)).toThrow(TypeError)
  })

  it.each([true, false])(
    "Values keep fields whose names have a meaning in JavaScript, with share: %s.",
    (share) => {
      const json =
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"a":1}},"hasOwnProperty":1,"toString":"x","":0,"2":2,"1":[{"__proto__":null}]}'
      const copies = new Copies({ ...ROOMY, share })
      const read = copies.beginRead()
      copies.keep(read, "__proto__", entry("1", json))
      copies.end(read)
      for (let turn = 0; turn < 2; turn++) {
        const got = get(copies, "__proto__") as object
        expect(JSON.stringify(got)).toBe(JSON.stringify(JSON.parse(json)))
        expect(Object.getPrototypeOf(got)).toBe(Object.prototype)
        expect(Object.keys(got)).toContain("__proto__")
      }
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
      expect(get(copies, "constructor")).toBeUndefined()
    }
  )

  it.each([1, -0.5, true, "text", "\ud800", [], {}, [[]], { a: [] }])(
    "A copy of %j equals what was set.",
    (any) => {
      const copies = new Copies(ROOMY)
      keep(copies, "k", any)
      expect(get(copies, "k")).toEqual(any)
      expect(get(copies, "k")).toEqual(any)
    }
  )
})
