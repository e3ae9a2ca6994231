import type {
  CustomSeriesOption,
  CustomSeriesRenderItem,
  ScatterSeriesOption,
} from "echarts"
import { ratio } from "../report/numbers"
import type { CellResult } from "../run/result"
import { isGrowth } from "../run/cell"
import {
  COLOURS,
  drawSvg,
  GRID,
  INK,
  powerOfTenAbove,
  powerOfTenBelow,
} from "./svg"

const WIDTH = 860
const ROW_HEIGHT = 34
const MARGIN = { top: 100, right: 60, bottom: 40, left: 190 }
const DOT_RADIUS = 4.5
const LABEL_GAP = 8

/** Median, minimum, maximum, and the row. */
type Point = [median: number, min: number, max: number, row: number]

interface Group {
  readonly name: string
  readonly concurrency: number
  readonly colour: string
  /** Pixels from the middle of the row. */
  readonly offset: number
}

const GROUPS: Group[] = [
  { name: "1 at a time", concurrency: 1, colour: COLOURS[1]!, offset: 7 },
  { name: "32 at once", concurrency: 32, colour: COLOURS[0]!, offset: -7 },
]

/**
 * How many times as fast as the Redis provider this one is: a dot at the median of the rounds, a line
 * from the lowest to the highest.
 *
 * @returns nothing when nothing was compared with Redis
 */
export function drawRatios(results: readonly CellResult[]): string | undefined {
  const compared = results.filter(
    (result) =>
      result.provider === "postgres" &&
      result.processes === 1 &&
      result.ratioToRedis &&
      // Its subject is the latency.
      result.operation !== "get-hit-busy-shop" &&
      !isGrowth(result)
  )
  if (compared.length === 0) {
    return undefined
  }
  const rows = [...new Set(compared.map(nameOf))]
  const spreads = compared.map((result) => result.ratioToRedis!)
  const lowest = Math.min(1, ...spreads.map(({ min }) => min))
  const highest = Math.max(1, ...spreads.map(({ max }) => max))

  return drawSvg(
    {
      title: {
        text: "Operations per second, as a multiple of @medusajs/caching-redis",
        subtext:
          "one process; dot: median of the rounds, line: lowest to highest; logarithmic",
        left: 16,
        top: 8,
        textStyle: { fontSize: 16, color: INK },
      },
      legend: {
        top: 52,
        left: MARGIN.left,
        icon: "circle",
        itemGap: 30,
        data: GROUPS.map(({ name }) => name).reverse(),
      },
      grid: MARGIN,
      xAxis: {
        type: "log",
        min: powerOfTenBelow(lowest),
        max: powerOfTenAbove(highest),
        axisLabel: { formatter: (value: number) => `${value}×` },
        splitLine: { lineStyle: { color: GRID } },
      },
      yAxis: {
        type: "category",
        inverse: true,
        data: rows,
        axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: GRID } },
        axisLabel: { color: INK },
      },
      series: [
        asFastAsRedis(),
        ...GROUPS.map((group) => seriesOf(group, compared, rows)),
      ],
    },
    {
      width: WIDTH,
      height: MARGIN.top + MARGIN.bottom + rows.length * ROW_HEIGHT,
    }
  )
}

function nameOf({ workload, operation }: CellResult): string {
  return operation === "trace" ? "storefront" : `${operation}, ${workload}`
}

/** A line where both are equally fast. */
function asFastAsRedis(): ScatterSeriesOption {
  return {
    type: "scatter",
    data: [],
    markLine: {
      silent: true,
      symbol: "none",
      lineStyle: { color: INK, type: "solid", width: 1.5 },
      label: { formatter: "as fast as Redis", position: "start", color: INK },
      data: [{ xAxis: 1 }],
    },
  }
}

function seriesOf(
  { name, concurrency, colour, offset }: Group,
  results: readonly CellResult[],
  rows: readonly string[]
): CustomSeriesOption {
  const points = results
    .filter((result) => result.concurrency === concurrency)
    .map((result): Point => {
      const { median, min, max } = result.ratioToRedis!
      return [median, min, max, rows.indexOf(nameOf(result))]
    })
  return {
    type: "custom",
    name,
    color: colour,
    data: points,
    encode: { x: [0, 1, 2], y: 3 },
    renderItem: renderPoint(points, colour, offset),
  }
}

function renderPoint(
  points: readonly Point[],
  colour: string,
  offset: number
): CustomSeriesRenderItem {
  return ({ dataIndex }, api) => {
    const [median, min, max, row] = points[dataIndex]!
    const at = (value: number) => api.coord([value, row])
    const y = at(median)[1]! + offset
    const line = { x1: at(min)[0], x2: at(max)[0], y1: y, y2: y }
    return {
      type: "group",
      children: [
        {
          type: "line",
          shape: line,
          style: { stroke: colour, lineWidth: 2, opacity: 0.5 },
        },
        {
          type: "circle",
          shape: { cx: at(median)[0], cy: y, r: DOT_RADIUS },
          style: { fill: colour },
        },
        {
          type: "text",
          style: {
            text: ratio(median),
            x: at(max)[0]! + LABEL_GAP,
            y,
            verticalAlign: "middle",
            fontSize: 11,
            fill: colour,
          },
        },
      ],
    }
  }
}
