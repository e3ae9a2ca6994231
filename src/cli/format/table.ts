export type Alignment = "left" | "right"

/** Lines of text in columns. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: readonly Alignment[]
): string[] {
  const lines = [head, ...rows]
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length))
  )
  return lines.map((line) =>
    line
      .map((text, column) =>
        alignment[column] === "right"
          ? text.padStart(widths[column]!)
          : text.padEnd(widths[column]!)
      )
      .join("  ")
      .trimEnd()
  )
}
