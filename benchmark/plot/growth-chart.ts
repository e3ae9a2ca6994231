import type { LineSeriesOption } from "echarts"
import { milliseconds } from "../report/numbers"
import { isGrowth } from "../run/cell"
import type { CellResult } from "../run/result"
import { COLOURS, drawSvg, GRID, INK } from "./svg"

const SIZE = { width: 860, height: 460 }
const OPERATIONS = ["get-hit", "clear-unknown", "clear-one", "clear-400"]

/**
 * The median time of a call, one at a time, as the cache grows.
 *
 * @returns nothing when growth was not measured
 */
export function drawGrowth(results: readonly CellResult[]): string | undefined {
  const grown = results.filter(
    (result) => isGrowth(result) && result.concurrency === 1
  )
  if (grown.length === 0) {
    return undefined
  }
  return drawSvg(
    {
      title: {
        text: "Median time of a call as the cache grows",
        subtext:
          "pages, one call at a time; solid: postgres, dashed: redis; both axes logarithmic",
        left: 16,
        top: 8,
        textStyle: { fontSize: 16, color: INK },
      },
      grid: { top: 90, right: 230, bottom: 50, left: 60 },
      xAxis: {
        type: "log",
        name: "entries",
        nameLocation: "middle",
        nameGap: 30,
        min: 1_000,
        axisLabel: {
          formatter: (value: number) => value.toLocaleString("en-US"),
        },
        splitLine: { lineStyle: { color: GRID } },
      },
      yAxis: {
        type: "log",
        name: "ms",
        axisLabel: { formatter: (value: number) => String(value) },
        splitLine: { lineStyle: { color: GRID } },
      },
      series: ["postgres", "redis"].flatMap((provider) =>
        OPERATIONS.map((operation, index) =>
          lineOf(
            grown.filter(
              (result) =>
                result.provider === provider && result.operation === operation
            ),
            `${provider} ${operation}`,
            COLOURS[index]!,
            provider === "redis"
          )
        ).filter(({ data }) => data!.length > 0)
      ),
    },
    SIZE
  )
}

function lineOf(
  results: readonly CellResult[],
  name: string,
  colour: string,
  dashed: boolean
): LineSeriesOption {
  return {
    type: "line",
    name,
    color: colour,
    symbol: dashed ? "emptyCircle" : "circle",
    symbolSize: 7,
    lineStyle: { type: dashed ? "dashed" : "solid", width: 2 },
    endLabel: {
      show: true,
      color: colour,
      formatter: ({ value }) =>
        `${name} ${milliseconds((value as number[])[1]!)} ms`,
    },
    labelLayout: { moveOverlap: "shiftY" },
    data: results.map(({ entries, p50Ms }) => [entries, p50Ms]),
  }
}
