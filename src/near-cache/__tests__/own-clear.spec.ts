import { Copies } from "../copies"
import { entry, keep, ROOMY } from "./kept"

const get = (copies: Copies, key: string) => copies.get(key, performance.now())

const clearTags = (copies: Copies, tags: string[]) =>
  copies.cleared({ names: [], tags, everything: false })

/** Versions of which it knows the key: one for each entry, or memory would leak. */
const versions = (copies: Copies) => copies["keys"].size

describe("An own clear by tag", () => {
  it("A clear by tag removes the copies that have the tag, and no others.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", 1, { tags: ["t", "u"] })
    keep(copies, "other", 2, { tags: ["u"] })
    keep(copies, "untagged", 3)
    clearTags(copies, ["none", "t"])
    expect(get(copies, "k")).toBeUndefined()
    expect(get(copies, "other")).toBe(2)
    expect(get(copies, "untagged")).toBe(3)
    expect([copies.count, versions(copies)]).toEqual([2, 2])
    clearTags(copies, ["u"])
    expect(get(copies, "other")).toBeUndefined()
  })

  it("A copy whose read began after a clear of its tag is served.", () => {
    const copies = new Copies(ROOMY)
    clearTags(copies, ["t"])
    keep(copies, "k", 1, { tags: ["t"] })
    expect(get(copies, "k")).toBe(1)
    clearTags(copies, ["u"])
    expect(get(copies, "k")).toBe(1)
    expect(get(copies, "k")).toBe(1)
  })

  it("A clear by tag removes a copy whose read had begun before it, and one that was served before.", () => {
    const copies = new Copies(ROOMY)
    const read = copies.beginRead()
    clearTags(copies, ["t"])
    copies.keep(read, "k", entry("1", "1", ["t"]))
    copies.end(read)
    expect(get(copies, "k")).toBeUndefined()

    keep(copies, "k", 2, { tags: ["t"] })
    expect(get(copies, "k")).toBe(2)
    clearTags(copies, ["t"])
    expect(get(copies, "k")).toBeUndefined()
  })

  it.each(["", '"', "\\", '\\"', 'x","', "\u2028", "\ud800", "ü", "\0", "[]"])(
    "A clear of the tag %j removes a copy that has it among other tags.",
    (tag) => {
      const copies = new Copies(ROOMY)
      const tags = ["a", tag, "b"]
      keep(copies, "k", 1, { tags })
      clearTags(copies, ["other"])
      expect(get(copies, "k")).toBe(1)
      clearTags(copies, [tag])
      expect(get(copies, "k")).toBeUndefined()
    }
  )

  it("All copies from before are removed when more tags were cleared than are remembered.", () => {
    const copies = new Copies(ROOMY)
    keep(copies, "k", 1, { tags: ["t"] })
    keep(copies, "untagged", 1)
    clearTags(copies, ["t"])
    for (let number = 0; number < 10_000; number++) {
      clearTags(copies, [`other ${number}`])
    }
    keep(copies, "newer", 1, { tags: ["t"] })
    expect(get(copies, "k")).toBeUndefined()
    expect(get(copies, "untagged")).toBeUndefined()
    expect(get(copies, "newer")).toBe(1)
  })

  it("The log of cleared tags is bounded, however many tags are cleared.", () => {
    const copies = new Copies(ROOMY)
    const remembered = () => copies["clearedTags"].size
    for (let number = 0; number < 100; number++) {
      clearTags(
        copies,
        Array.from({ length: 300 }, (_, n) => `${number} ${n}`)
      )
      expect(remembered()).toBeLessThanOrEqual(10_000)
    }
  })
})
