import path from "node:path"
import { writeReport } from "../report/file"
import type { CellResult } from "../run/result"
import { drawGrowth } from "./growth-chart"
import { drawRatios } from "./ratios-chart"

/** Writes the charts for which there are results. */
export function writeCharts(
  folder: string,
  results: readonly CellResult[]
): void {
  const charts = {
    "ratios.svg": drawRatios(results),
    "growth.svg": drawGrowth(results),
  }
  for (const [file, svg] of Object.entries(charts)) {
    if (svg) {
      writeReport(path.join(folder, file), `${svg}\n`)
    }
  }
}
