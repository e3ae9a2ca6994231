import { heapSize } from "../heap-size"

const parse = (json: string) => JSON.parse(json) as unknown

describe("heapSize", () => {
  it.each([
    ["null", 0],
    ["12", 0],
    ["true", 0],
    ["12.5", 16],
    ["1700000000000", 16],
    ['""', 16],
    ['"abcd"', 20],
    ['"äöüß"', 20],
    ['"a€"', 20],
    ["[]", 48],
    ["{}", 24 + 32],
    ["[1,2]", 48 + 2 * 8],
    ['[{},[null],"abcd"]', 48 + 3 * 8 + 56 + 48 + 8 + 20],
    ['{"7":1}', 24 + 8 + 40],
  ])("%s takes %i bytes.", (json, bytes) => {
    expect(heapSize(parse(json))).toBe(bytes)
  })

  it("A hidden class is counted only the first time that its names come in this order.", () => {
    const first = heapSize(parse('{"one":"abcd","two":1}'))
    const again = heapSize(parse('{"one":1,"two":"abcd"}'))
    expect(again).toBe(24 + 2 * 8 + 20)
    expect(first).toBeGreaterThan(again + 2 * 100)
    expect(heapSize(parse('{"two":1,"one":"abcd"}'))).toBe(first)
    // Shares the class of its first field.
    expect(heapSize(parse('{"one":"abcd","3rd":1}'))).toBeLessThan(first)
  })

  it("A field named __proto__ is counted.", () => {
    heapSize(parse('{"__proto__":1}'))
    expect(heapSize(parse('{"__proto__":"abcd"}'))).toBe(24 + 8 + 20)
  })

  it("The hash table of an object with many fields is counted each time.", () => {
    const object = () =>
      Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`f${n}`, n]))
    heapSize(object())
    // A few names are counted again.
    const size = heapSize(object())
    expect(size).toBeGreaterThanOrEqual(24 + 1_000 * 48)
    expect(size).toBeLessThan(1.1 * 1_000 * 48)
  })
})
