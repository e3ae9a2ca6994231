import { copy } from "../copy"

describe("copy", () => {
  it.each([
    "text",
    0,
    true,
    null,
    [],
    {},
    [1, [2, [null, "x"]]],
    { a: { b: [{ c: null }] }, d: "" },
  ])("A copy of %j equals it.", (value) => {
    expect(copy(value)).toStrictEqual(value)
  })

  it("A copy shares no object and no array with its original.", () => {
    const original = { list: [{ deep: [1] }], field: { deep: {} } }
    const copied = copy(original)
    copied.list[0]!.deep.push(2)
    copied.list.push({ deep: [] })
    Object.assign(copied.field.deep, { more: true })
    expect(original).toEqual({ list: [{ deep: [1] }], field: { deep: {} } })
  })

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "A copy has %s as a field of its own on every level.",
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
