import { heapSize } from "../heap-size"

describe("the size of a value on the heap", () => {
  it.each([
    [null, 0],
    [12.5, 0],
    [true, 0],
    ["", 16],
    ["abcd", 20],
    ["äöüß", 20],
    ["a€", 20],
    [[], 24],
    [{}, 24],
    [[1, 2], 24 + 2 * 8],
    [{ a: "abcd" }, 24 + 8 + 20],
    [[{}, [null]], 24 + 8 + 24 + 8 + 24 + 8],
  ])("of %j is about %i", (value, bytes) => {
    expect(heapSize(value)).toBe(bytes)
  })

  it("counts fields of their own only, whatever they are called", () => {
    expect(heapSize(JSON.parse('{"__proto__":"abcd"}'))).toBe(24 + 8 + 20)
  })

  it.each<[string, (length: number) => unknown]>([
    ["a text", (length) => "x".repeat(length)],
    ["a list", (length) => Array.from({ length }, () => 1)],
    [
      "an object",
      (length) =>
        Object.fromEntries(Array.from({ length }, (_, n) => [`f${n}`, n])),
    ],
    [
      "what is nested",
      (length) =>
        JSON.parse("[".repeat(length + 1) + "]".repeat(length + 1)) as unknown,
    ],
  ])("grows with %s", (_what, make) => {
    const sizes = [0, 1, 10, 100, 1_000].map((length) => heapSize(make(length)))
    expect(new Set(sizes).size).toBe(sizes.length)
    expect([...sizes].sort((one, other) => one - other)).toEqual(sizes)
  })
})
