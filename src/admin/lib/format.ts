import { useTexts } from "./texts"

const SIZE_UNITS = ["B", "KB", "MB", "GB", "TB"]
const TIME_UNITS: [seconds: number, name: string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
]

/** Bytes in units of 1024. */
function sizeOf(bytes: number, language: string): string {
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const maximumFractionDigits = unit > 0 && value < 9.95 ? 1 : 0
  return `${value.toLocaleString(language, { maximumFractionDigits })} ${SIZE_UNITS[unit]}`
}

/** Seconds in their largest two units, such as "2 h 5 min". */
function durationOf(seconds: number): string {
  let rest = Math.round(seconds)
  const largest = TIME_UNITS.findIndex(([length]) => rest >= length)
  if (largest === -1) {
    return "0 s"
  }
  const parts: string[] = []
  for (const [length, name] of TIME_UNITS.slice(largest, largest + 2)) {
    if (rest >= length) {
      parts.push(`${Math.floor(rest / length)} ${name}`)
    }
    rest %= length
  }
  return parts.join(" ")
}

export interface Format {
  readonly number: (value: number) => string
  /** @param share 0 to 1 */
  readonly percent: (share: number) => string
  readonly size: (bytes: number) => string
  readonly duration: (seconds: number) => string
  readonly ago: (time: string) => string
  /** With the date, unless it is today's. */
  readonly time: (time: string | number) => string
  readonly clock: (time: string | number) => string
}

/** Numbers and times as the admin user's language writes them. */
export function useFormat(): Format {
  const { t, language } = useTexts()
  const shown = (time: string | number, options: Intl.DateTimeFormatOptions) =>
    new Date(time).toLocaleString(language, options)
  const isToday = (time: string | number) =>
    new Date(time).toDateString() === new Date().toDateString()
  return {
    number: (value) => Math.round(value).toLocaleString(language),
    percent: (share) =>
      share.toLocaleString(language, {
        style: "percent",
        maximumFractionDigits: share >= 0.9995 || share < 0.1 ? 1 : 0,
      }),
    size: (bytes) => sizeOf(bytes, language),
    duration: durationOf,
    ago: (time) => {
      const seconds = (Date.now() - Date.parse(time)) / 1000
      return t("ago", { time: durationOf(Math.max(0, seconds)) })
    },
    time: (time) =>
      shown(
        time,
        isToday(time)
          ? { timeStyle: "medium" }
          : { dateStyle: "medium", timeStyle: "short" }
      ),
    clock: (time) => shown(time, { hour: "2-digit", minute: "2-digit" }),
  }
}
