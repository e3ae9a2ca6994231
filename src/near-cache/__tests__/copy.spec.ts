import { copy } from "../copy"

describe("a copy", () => {
  it.each([
    "text",
    0,
    true,
    null,
    [],
    {},
    [1, [2, [null, "x"]]],
    { a: { b: [{ c: null }] }, d: "" },
  ])("of %j is equal", (value) => {
    expect(copy(value)).toStrictEqual(value)
  })

  it("shares no object and no array with its original", () => {
    const original = { list: [{ deep: [1] }], field: { deep: {} } }
    const copied = copy(original)
    copied.list[0]!.deep.push(2)
    copied.list.push({ deep: [] })
    Object.assign(copied.field.deep, { more: true })
    expect(original).toEqual({ list: [{ deep: [1] }], field: { deep: {} } })
  })

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "has %s as a field of its own, on every level",
    (name) => {
      const json = `{"${name}":{"polluted":true},"list":[{"${name}":{"${name}":null}}]}`
      const copied = copy(JSON.parse(json) as object)
      expect(JSON.stringify(copied)).toBe(json)
      expect(Object.hasOwn(copied, name)).toBe(true)
      expect(Object.getPrototypeOf(copied)).toBe(Object.prototype)
      expect("polluted" in {}).toBe(false)
    }
  )
})
