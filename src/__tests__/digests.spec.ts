import { createHash } from "node:crypto"
import { canonicalName } from "../digests"
import { DIGEST_DIGITS, Digester } from "../digests"

describe("a digester", () => {
  it("gives the first 128 bits of SHA-256 over namespace, NUL and name", () => {
    const expected = createHash("sha256").update('ns\0"key"').digest("hex")
    expect(new Digester("ns").key(canonicalName("key"))).toEqual(
      expected.slice(0, DIGEST_DIGITS)
    )
  })

  it("keeps namespaces apart", () => {
    expect(new Digester("a").tag("t")).not.toEqual(new Digester("b").tag("t"))
    expect(new Digester("a").tag("bt")).not.toEqual(new Digester("ab").tag("t"))
  })

  it("gives a tag the same digest however many others came between", () => {
    const digests = new Digester("ns")
    const first = digests.tag("t")
    for (let index = 0; index < 25_000; index++) {
      digests.tag(`other-${index}`)
    }
    expect(digests.tag("t")).toEqual(first)
    expect(digests.tagOnce("t")).toEqual(first)
    expect(digests.tagOnce("new")).toEqual(digests.tag("new"))
  })

  it("keeps apart what UTF-8 would make one", () => {
    const digests = new Digester("ns")
    expect(digests.tag("\ud800")).not.toEqual(digests.tag("\ufffd"))
    expect(digests.tag("\ud800")).not.toEqual(digests.tag("\udbff"))
  })
})
