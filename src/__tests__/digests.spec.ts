import { createHash } from "node:crypto"
import { canonicalName } from "../digests"
import { DIGEST_DIGITS, Digester } from "../digests"

describe("a digester", () => {
  it("The digest of a key is the first 128 bits of SHA-256 over namespace, NUL and name.", () => {
    const expected = createHash("sha256").update('ns\0"key"').digest("hex")
    expect(new Digester("ns").key(canonicalName("key"))).toEqual(
      expected.slice(0, DIGEST_DIGITS)
    )
  })

  it("The same tag has different digests in different namespaces.", () => {
    expect(new Digester("a").tag("t")).not.toEqual(new Digester("b").tag("t"))
    expect(new Digester("a").tag("bt")).not.toEqual(new Digester("ab").tag("t"))
  })

  it("A tag has the same digest however many other tags came in between.", () => {
    const digests = new Digester("ns")
    const first = digests.tag("t")
    for (let index = 0; index < 25_000; index++) {
      digests.tag(`other-${index}`)
    }
    expect(digests.tag("t")).toEqual(first)
    expect(digests.tagOnce("t")).toEqual(first)
    expect(digests.tagOnce("new")).toEqual(digests.tag("new"))
  })

  it("Tags that UTF-8 would encode alike have different digests.", () => {
    const digests = new Digester("ns")
    expect(digests.tag("\ud800")).not.toEqual(digests.tag("\ufffd"))
    expect(digests.tag("\ud800")).not.toEqual(digests.tag("\udbff"))
  })
})
