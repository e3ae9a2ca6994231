export type Alignment = "left" | "right"

const GAP = 2
/** What is left of a first column that is cut, at least. */
const LEAST_CUT = 10

/**
 * Lines of text in columns.
 *
 * @param width where given, the first column's texts are cut in the middle so that the lines fit
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
  const others = widths.slice(1).reduce((sum, next) => sum + GAP + next, 0)
  widths[0] = Math.min(widths[0]!, Math.max(width - others, LEAST_CUT))
  return lines.map((line) =>
    line
      .map((text, column) => {
        const cut = cutTo(widths[column]!, text)
        return alignment[column] === "right"
          ? cut.padStart(widths[column]!)
          : cut.padEnd(widths[column]!)
      })
      .join(" ".repeat(GAP))
      .trimEnd()
  )
}

function cutTo(width: number, text: string): string {
  if (text.length <= width) {
    return text
  }
  const end = Math.floor((width - 1) / 2)
  // A surrogate whose other half is cut off cannot be shown.
  return `${text.slice(0, width - 1 - end)}…${text.slice(-end)}`.toWellFormed()
}
