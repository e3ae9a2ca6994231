import { Copies } from "../copies"
import { entry, keep, ROOMY } from "./kept"

const get = (copies: Copies, key: string) => copies.get(key, performance.now())

/** Versions of which it knows the key: one for each entry, or memory would leak. */
const versions = (copies: Copies) => copies["keys"].size

describe("A clear by tag of this process", () => {
  it("removes the copies that have the tag, and no other", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", 1, { tags: ["t", "u"] })
    keep(copies, "other", 2, { tags: ["u"] })
    keep(copies, "untagged", 3)
    copies.removeTags(["none", "t"])
    expect(get(copies, "k")).toBeUndefined()
    expect(get(copies, "other")).toBe(2)
    expect(get(copies, "untagged")).toBe(3)
    expect([copies.count, versions(copies)]).toEqual([2, 2])
    copies.removeTags(["u"])
    expect(get(copies, "other")).toBeUndefined()
  })

  it("leaves what is read after it", () => {
    const copies = new Copies(ROOMY)
    copies.removeTags(["t"])
    keep(copies, "k", 1, { tags: ["t"] })
    expect(get(copies, "k")).toBe(1)
    copies.removeTags(["u"])
    expect(get(copies, "k")).toBe(1)
    expect(get(copies, "k")).toBe(1)
  })

  it("removes a copy whose read had begun before it, and one that was asked for before", () => {
    const copies = new Copies(ROOMY)
    const read = copies.begin()
    copies.removeTags(["t"])
    copies.keep(read, "k", entry("1", "1", ["t"]))
    copies.end(read)
    expect(get(copies, "k")).toBeUndefined()

    keep(copies, "k", 2, { tags: ["t"] })
    expect(get(copies, "k")).toBe(2)
    copies.removeTags(["t"])
    expect(get(copies, "k")).toBeUndefined()
  })

  it.each(["", '"', "\\", '\\"', 'x","', "\u2028", "\ud800", "ü", "\0", "[]"])(
    "finds the tag %j among others",
    (tag) => {
      const copies = new Copies(ROOMY)
      const tags = ["a", tag, "b"]
      keep(copies, "k", 1, { tags })
      copies.removeTags(["other"])
      expect(get(copies, "k")).toBe(1)
      copies.removeTags([tag])
      expect(get(copies, "k")).toBeUndefined()
    }
  )

  it("removes all older copies when more tags were cleared than are remembered", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", 1, { tags: ["t"] })
    keep(copies, "untagged", 1)
    copies.removeTags(["t"])
    for (let number = 0; number < 10_000; number++) {
      copies.removeTags([`other ${number}`])
    }
    keep(copies, "newer", 1, { tags: ["t"] })
    expect(get(copies, "k")).toBeUndefined()
    expect(get(copies, "untagged")).toBeUndefined()
    expect(get(copies, "newer")).toBe(1)
  })

  it("takes bounded memory, however many tags are cleared", () => {
    const copies = new Copies(ROOMY)
    const remembered = () => copies["cleared"]["clears"].size
    for (let number = 0; number < 100; number++) {
      copies.removeTags(Array.from({ length: 300 }, (_, n) => `${number} ${n}`))
      expect(remembered()).toBeLessThanOrEqual(10_000)
    }
  })
})
