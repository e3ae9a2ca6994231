import type { Spread } from "../measure/summary"

export function speed(opsPerSecond: number): string {
  return opsPerSecond.toLocaleString("en-US", {
    maximumFractionDigits: opsPerSecond < 100 ? 1 : 0,
  })
}

export function milliseconds(ms: number): string {
  return ms < 0.01 ? ms.toFixed(4) : ms < 10 ? ms.toFixed(3) : ms.toFixed(1)
}

export function ratio(value: number): string {
  return value < 100 ? value.toFixed(2) : value.toFixed(0)
}

export function spread({ median, min, max }: Spread): string {
  return `${ratio(median)} (${ratio(min)}–${ratio(max)})`
}
