import { durationInUnits, sizeInUnits } from "../../units"
import { useTexts } from "./texts"

const durationOf = (seconds: number) => durationInUnits(Math.round(seconds))

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
    size: (bytes) =>
      sizeInUnits(bytes, (value, maximumFractionDigits) =>
        value.toLocaleString(language, { maximumFractionDigits })
      ),
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
