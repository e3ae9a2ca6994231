import * as echarts from "echarts"

export const FONT = "system-ui, -apple-system, Segoe UI, sans-serif"
export const INK = "#1f2937"
export const GRID = "#e5e7eb"
/** Told apart by colour-blind readers, too. */
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#7a5195"]

export interface Size {
  readonly width: number
  readonly height: number
}

/** Draws a chart without a browser. */
export function drawSvg(option: echarts.EChartsCoreOption, size: Size): string {
  const chart = echarts.init(null, null, {
    renderer: "svg",
    ssr: true,
    ...size,
  })
  chart.setOption({
    animation: false,
    // A page with a dark background shows the chart as it is.
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, color: INK },
    ...option,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

/** @returns the nearest power of ten below, which is where a logarithmic axis begins well */
export function powerOfTenBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value))
}

export function powerOfTenAbove(value: number): number {
  return 10 ** Math.ceil(Math.log10(value))
}
