import { ago } from "../../units"
import {
  count,
  duration,
  escapeControls,
  fieldLines,
  number,
  percent,
  quotable,
  shellWord,
  size,
  table,
} from "../format"

describe("formatting", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KB"],
    [10_188, "9.9 KB"],
    [10_240, "10 KB"],
    [1024 * 1024 - 1, "1.0 MB"],
    [3.4 * 1024 ** 3, "3.4 GB"],
    [5000 * 1024 ** 4, "5000 TB"],
  ])("A size of %d bytes is shown as %s.", (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })

  it.each([
    [0, "0 s"],
    [0.2, "1 s"],
    [59.5, "1 min"],
    [61, "1 min 1 s"],
    [3600, "1 h"],
    [3661, "1 h 1 min"],
    [7_500, "2 h 5 min"],
    [86_400 * 3 + 60, "3 d"],
  ])("A duration of %d seconds is shown as %s.", (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('A moment ago is "just now" in the first second, and whole seconds after it.', () => {
    expect(ago(0.9)).toBe("just now")
    expect(ago(-0.1)).toBe("just now")
    expect(ago(1.9)).toBe("1 s ago")
  })

  it("Numbers are grouped by thousands, nouns agree with them, and small percentages have a decimal.", () => {
    expect(number(1_234_567)).toBe("1,234,567")
    expect(count(1, "entry", "entries")).toBe("1 entry")
    expect(count(0, "entry", "entries")).toBe("0 entries")
    expect(count(1_000, "dead row")).toBe("1,000 dead rows")
    expect(percent(0)).toBe("0 %")
    expect(percent(0.0001)).toBe("0 %")
    expect(percent(0.034)).toBe("3.4 %")
    expect(percent(0.5)).toBe("50 %")
    expect(percent(1)).toBe("100 %")
  })

  it("Tables and fields are aligned in columns, without blanks at the end of a line.", () => {
    expect(
      table(
        ["Key", "Size"],
        [
          ["a", "1 B"],
          ["longer", ""],
        ],
        ["left", "right"]
      )
    ).toEqual(["Key     Size", "a        1 B", "longer"])
    expect(
      fieldLines([
        ["Key", "k"],
        ["Time left", "1 s"],
      ])
    ).toEqual(["Key        k", "Time left  1 s"])
  })

  it.each([
    ["products/1", "products/1"],
    ["größe:*", "größe:*"],
    ["", '""'],
    [" a", '" a"'],
    ["a\nb", '"a\\nb"'],
    ["nul\0", '"nul\\u0000"'],
    ["\u001b[31m", '"\\u001b[31m"'],
    ["c1 \u009b31m", '"c1 \\u009b31m"'],
    ["lone \ud800", '"lone \\ud800"'],
  ])(
    "The name %j is shown as %s: quoted only if it has characters that cannot be shown.",
    (name, text) => {
      expect(quotable(name)).toBe(text)
    }
  )

  it.each([
    ["products/1", "products/1"],
    ["Product:list:*", "'Product:list:*'"],
    ["it's", "'it'\\''s'"],
    ["a b", "'a b'"],
    ["-x", "'\"-x\"'"],
    ["a\nb", "'\"a\\nb\"'"],
    ["", "'\"\"'"],
  ])("The key %j is written for a shell as %s.", (key, word) => {
    expect(shellWord(key)).toBe(word)
  })

  it("A table of a given width cuts texts in the middle, and no numbers and times.", () => {
    const rows = [
      ["a".repeat(50) + "z".repeat(50), "1.5 MB", "expired 23 h 59 min ago"],
      ["short", "12 B", "1 h"],
    ]
    const lines = (width?: number) =>
      table(
        ["Key", "Size", "Time left"],
        rows,
        ["left", "right", "left"],
        width
      )
    expect(lines(80)[1]).toBe(
      `${"a".repeat(23)}…${"z".repeat(23)}  1.5 MB  expired 23 h 59 min ago`
    )
    expect(Math.max(...lines(80).map((line) => line.length))).toBe(80)
    expect(lines()[1]).toContain(rows[0]![0])
    expect(lines(20)[1]).toMatch(/^a{5}…z{4} .* expired 23 h 59 min ago$/)
  })

  it("A cut leaves no half of a character that consists of two code units.", () => {
    const [, line] = table(["Key"], [["😀".repeat(20)]], ["left"], 11)
    expect(line!.isWellFormed()).toBe(true)
  })

  it("JSON stays the same JSON when its control characters are escaped.", () => {
    const value = { key: "\u0000\u007f\u009b\n\t" }
    const text = escapeControls(JSON.stringify(value, null, 2))
    expect(text).not.toMatch(/\u007f|\u009b/)
    expect(JSON.parse(text)).toEqual(value)
  })
})
