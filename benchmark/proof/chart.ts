import { COLOURS, drawSvg, GRID, INK } from "../plot/svg"
import type { Moment } from "./churn"
import { HOURS } from "./shop"

export interface Run {
  readonly provider: "postgres" | "redis"
  readonly moments: readonly Moment[]
}

const WIDTH = 860
const PANEL = { height: 140, gap: 60, top: 90 }
const PANELS: { title: string; value: (moment: Moment) => number }[] = [
  { title: "live entries", value: ({ live }) => live },
  { title: "tag members, tag rows", value: ({ members }) => members },
  { title: "of them dead: their entry is gone", value: ({ dead }) => dead },
  {
    title: "MB in memory (redis), on disk (postgres)",
    value: ({ bytes }) => bytes / 2 ** 20,
  },
  { title: "one change of a product, ms", value: ({ changeMs }) => changeMs },
]

/** What both providers hold as the hours pass, and what a change costs. */
export function drawChurn(title: string, runs: readonly Run[]): string {
  const indexes = PANELS.map((_, index) => index)
  return drawSvg(
    {
      title: {
        text: `Both providers under the same shop: ${title}`,
        subtext: `${HOURS} hours of a shop, in fast motion; every entry lives an hour`,
        left: 16,
        top: 8,
        textStyle: { fontSize: 16, color: INK },
      },
      legend: { top: 44, right: 30, icon: "roundRect" },
      grid: indexes.map((index) => ({
        top: PANEL.top + index * (PANEL.height + PANEL.gap),
        height: PANEL.height,
        left: 90,
        right: 30,
      })),
      xAxis: indexes.map((index) => ({
        gridIndex: index,
        type: "value",
        max: HOURS,
        axisLabel: { formatter: "{value} h" },
        splitLine: { show: false },
      })),
      yAxis: PANELS.map((panel, index) => ({
        gridIndex: index,
        type: "value",
        min: 0,
        name: panel.title,
        nameTextStyle: { align: "left", color: INK },
        axisLabel: {
          formatter: (value: number) => value.toLocaleString("en-US"),
        },
        splitLine: { lineStyle: { color: GRID } },
      })),
      series: runs.flatMap(({ provider, moments }) =>
        PANELS.map((panel, index) => ({
          type: "line",
          name: provider,
          xAxisIndex: index,
          yAxisIndex: index,
          showSymbol: false,
          color: provider === "postgres" ? COLOURS[0] : COLOURS[1],
          data: moments.map((moment) => [
            Math.min(moment.hour, HOURS),
            panel.value(moment),
          ]),
        }))
      ),
    },
    {
      width: WIDTH,
      height: PANEL.top + PANELS.length * (PANEL.height + PANEL.gap),
    }
  )
}
