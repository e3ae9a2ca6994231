const UNITS: [seconds: number, name: string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
]

/** Seconds in their two largest units, such as "2 h 5 min"; a fraction of a second counts as a second. */
export function duration(seconds: number): string {
  let rest = Math.ceil(seconds)
  const largest = UNITS.findIndex(([length]) => rest >= length)
  if (largest < 0) {
    return "0 s"
  }
  const parts: string[] = []
  for (const [length, name] of UNITS.slice(largest, largest + 2)) {
    const whole = Math.floor(rest / length)
    rest -= whole * length
    if (whole > 0) {
      parts.push(`${whole} ${name}`)
    }
  }
  return parts.join(" ")
}

export function ago(seconds: number): string {
  return seconds < 1 ? "just now" : `${duration(Math.floor(seconds))} ago`
}
