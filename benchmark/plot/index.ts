import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { CellResult } from "../run/result"
import { drawGrowth } from "./growth-chart"
import { drawRatios } from "./ratios-chart"

/** Writes the charts for which there are results. */
export function writeCharts(
  folder: string,
  results: readonly CellResult[]
): void {
  mkdirSync(folder, { recursive: true })
  const charts = {
    "ratios.svg": drawRatios(results),
    "growth.svg": drawGrowth(results),
  }
  for (const [file, svg] of Object.entries(charts)) {
    if (svg) {
      writeFileSync(path.join(folder, file), `${svg}\n`)
    }
  }
}
