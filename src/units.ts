const SIZE_UNITS = ["B", "KB", "MB", "GB", "TB"]
const TIME_UNITS: [seconds: number, name: string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
]

/**
 * Bytes in units of 1024.
 *
 * @param write gives a number with at most that many decimal digits
 */
export function sizeInUnits(
  bytes: number,
  write: (value: number, digits: number) => string
): string {
  let value = bytes
  let unit = 0
  // From 1023.5 on, a value would be rounded to 1024 and belongs to the next unit.
  while (value >= 1023.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${write(value, unit > 0 && value < 9.95 ? 1 : 0)} ${SIZE_UNITS[unit]}`
}

/** Whole seconds in their two largest units, such as "2 h 5 min". */
export function durationInUnits(seconds: number): string {
  let rest = seconds
  const largest = TIME_UNITS.findIndex(([length]) => rest >= length)
  const parts: string[] = []
  for (const [length, name] of TIME_UNITS.slice(largest, largest + 2)) {
    if (rest >= length) {
      parts.push(`${Math.floor(rest / length)} ${name}`)
    }
    rest %= length
  }
  return parts.join(" ") || "0 s"
}

export function ago(seconds: number): string {
  return seconds < 1
    ? "just now"
    : `${durationInUnits(Math.floor(seconds))} ago`
}
