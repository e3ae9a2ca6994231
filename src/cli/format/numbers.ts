const KILO = 1024
const UNITS = ["KB", "MB", "GB", "TB"]

/** Bytes, in units of 1024. */
export function size(bytes: number): string {
  if (bytes < KILO) {
    return `${Math.round(bytes)} B`
  }
  let value = bytes / KILO
  let unit = 0
  // What would round to 1024 of a unit is one of the next.
  while (value >= KILO - 0.5 && unit < UNITS.length - 1) {
    value /= KILO
    unit++
  }
  const digits = value < 9.95 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

export function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 })
}

/** @param one the word for one of them, which "s" or `many` makes several */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

/** @param share 0 to 1 */
export function percent(share: number): string {
  const value = share * 100
  return `${value >= 0.05 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`
}
