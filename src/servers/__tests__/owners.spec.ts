import { Digester } from "../../digests"
import { ownerOf } from "../owners"

const digester = new Digester("n")
const digests = Array.from({ length: 3_000 }, (_, index) =>
  digester.key(`key-${index}`)
)
const held = (names: string[], name: string) =>
  digests.filter((digest) => ownerOf(names, digest) === name)

describe("the owner of a key", () => {
  it("Each of three servers holds about a third of the keys.", () => {
    for (const name of ["a", "b", "c"]) {
      const { length } = held(["a", "b", "c"], name)
      expect(length).toBeGreaterThan(900)
      expect(length).toBeLessThan(1_100)
    }
  })

  it("The owner of a key does not depend on the order of the server names.", () => {
    const [one, other] = [
      ["a", "b", "c"],
      ["c", "a", "b"],
    ].map((names) => digests.map((digest) => ownerOf(names, digest)))
    expect(one).toEqual(other)
  })

  it("A server that comes takes keys from all others, and no other key moves.", () => {
    const moved = digests.filter(
      (digest) =>
        ownerOf(["a", "b"], digest) !== ownerOf(["a", "b", "c"], digest)
    )
    expect(moved).toEqual(held(["a", "b", "c"], "c"))
    expect(new Set(moved.map((digest) => ownerOf(["a", "b"], digest)))).toEqual(
      new Set(["a", "b"])
    )
  })

  it("Without servers there is no owner.", () => {
    expect(ownerOf([], digests[0]!)).toBeUndefined()
  })
})
