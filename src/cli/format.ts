import { durationInUnits, sizeInUnits } from "../units"

/** Like the first column, one of kind "text" is cut if the table is too wide; numbers and times are not. */
export type Alignment = "left" | "right" | "text"

const GAP = "  "
/** A text is not cut to less. */
const MIN_TEXT_WIDTH = 10
/** What a terminal would interpret instead of showing it; line feeds are allowed. */
// eslint-disable-next-line no-control-regex -- control characters are the subject
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g

export function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 })
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

/** @param share 0 to 1 */
export function percent(share: number): string {
  const value = share * 100
  return `${value.toFixed(value >= 0.05 && value < 9.95 ? 1 : 0)} %`
}

/** Bytes in units of 1024. */
export function size(bytes: number): string {
  return sizeInUnits(bytes, (value, digits) => value.toFixed(digits))
}

/** Seconds, rounded up, in their two largest units, such as "2 h 5 min". */
export function duration(seconds: number): string {
  return durationInUnits(Math.ceil(seconds))
}

/** Shows control characters as JSON escapes. JSON stays the same JSON: it has them only in strings. */
export function escapeControls(text: string): string {
  return text.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
}

/** A key or tag on one line: as it is, or as a JSON string where it has invisible characters. */
export function quotable(name: string): string {
  return isPlain(name) ? name : escapeControls(JSON.stringify(name))
}

/**
 * A key as one argument in a POSIX shell. A key with invisible characters, or one that looks like an option, becomes a
 * JSON string in quotes; `get` and `clear --key` read such strings.
 */
export function shellWord(key: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(key)) {
    return key
  }
  const plain = isPlain(key) && !key.startsWith("-")
  const text = plain ? key : escapeControls(JSON.stringify(key))
  return `'${text.replaceAll("'", "'\\''")}'`
}

function isPlain(name: string): boolean {
  return (
    name !== "" &&
    name.trim() === name &&
    name.isWellFormed() &&
    !name.includes("\n") &&
    escapeControls(name) === name
  )
}

/** Lines of names and values, with the values in one column. */
export function fieldLines(
  fields: readonly (readonly [name: string, value: string])[]
): string[] {
  const [first, ...others] = fields
  return table(first!, others, ["left", "left"])
}

/**
 * Lines of text in columns.
 *
 * @param width columns of the terminal; texts are cut in the middle to fit, the longest first
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: readonly Alignment[],
  width = Infinity
): string[] {
  const lines = [head, ...rows]
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length))
  )
  const texts = [...widths.keys()].filter(
    (column) => column === 0 || alignment[column] === "text"
  )
  const whole = widths.reduce((sum, each) => sum + GAP.length + each)
  for (let excess = whole - width; excess > 0; excess--) {
    const widest = texts.reduce((one, other) =>
      widths[other]! > widths[one]! ? other : one
    )
    if (widths[widest]! <= MIN_TEXT_WIDTH) {
      break
    }
    widths[widest]!--
  }
  const cell = (text: string, column: number) =>
    alignment[column] === "right"
      ? text.padStart(widths[column]!)
      : cutTo(widths[column]!, text).padEnd(widths[column]!)
  return lines.map((line) => line.map(cell).join(GAP).trimEnd())
}

function cutTo(width: number, text: string): string {
  if (text.length <= width) {
    return text
  }
  const end = Math.floor((width - 1) / 2)
  // The cut may separate a pair of surrogates.
  return `${text.slice(0, width - 1 - end)}…${text.slice(-end)}`.toWellFormed()
}
