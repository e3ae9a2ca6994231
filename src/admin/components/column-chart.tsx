import { Text } from "@medusajs/ui"
import { type ReactElement, useState } from "react"
import { useFormat } from "../lib/format"

const WIDTH = 960
const HEIGHT = 150
/** Below the columns, for the times. */
const FOOT = 20
/** Left of the columns, for the scale. */
const SIDE = 52
const GAP = 0.25
const LABELS = 6
/** Steps to the column before and after. */
const ARROWS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
}

export interface Series {
  readonly name: string
  /** A CSS colour; the admin's variables follow its theme. */
  readonly color: string
  readonly values: readonly number[]
}

/** Stacked columns over time. The pointer or the arrow keys choose a column, whose figures are shown then. */
export function ColumnChart(props: {
  readonly label: string
  readonly times: readonly string[]
  readonly series: readonly Series[]
  readonly formatTime: (time: string) => string
  readonly testId?: string
}): ReactElement {
  const { label, times, series, formatTime, testId } = props
  const format = useFormat()
  const [pointed, setPointed] = useState<number>()
  const sums = times.map((_, step) =>
    series.reduce((sum, { values }) => sum + values[step]!, 0)
  )
  const top = roundUp(Math.max(1, ...sums))
  const stepWidth = (WIDTH - SIDE) / times.length
  const height = (value: number) => (value / top) * (HEIGHT - FOOT - 8)
  const floor = HEIGHT - FOOT
  const total = ({ values }: Series) =>
    pointed === undefined
      ? values.reduce((sum, value) => sum + value, 0)
      : values[pointed]!
  return (
    <figure className="flex flex-col gap-2" data-testid={testId}>
      <figcaption className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Text size="small" weight="plus">
          {label}
        </Text>
        {series.map((one) => (
          <span key={one.name} className="flex items-center gap-1.5">
            <span
              className="size-2 rounded-full"
              style={{ background: one.color }}
            />
            <Text size="small" className="text-ui-fg-subtle">
              {one.name} {format.number(total(one))}
            </Text>
          </span>
        ))}
        {pointed !== undefined && (
          <Text size="small" className="text-ui-fg-muted">
            {formatTime(times[pointed]!)}
          </Text>
        )}
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="w-full"
        role="img"
        aria-label={`${label}: ${series.map((one) => `${one.name} ${format.number(total(one))}`).join(", ")}`}
        tabIndex={0}
        onPointerLeave={() => setPointed(undefined)}
        onBlur={() => setPointed(undefined)}
        onKeyDown={({ key }) => {
          const step = ARROWS[key]
          if (step !== undefined) {
            const from = pointed ?? (step < 0 ? times.length : -1)
            setPointed((from + step + times.length) % times.length)
          }
        }}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line
              x1={SIDE}
              x2={WIDTH}
              y1={floor - height(top * share)}
              y2={floor - height(top * share)}
              stroke="var(--border-base)"
            />
            <text
              x={SIDE - 8}
              y={floor - height(top * share) + 4}
              textAnchor="end"
              fontSize={11}
              fill="var(--fg-muted)"
            >
              {top * share < 1 && share > 0
                ? top * share
                : format.number(top * share)}
            </text>
          </g>
        ))}
        {times.map((time, step) => {
          const x = SIDE + step * stepWidth
          let y = floor
          return (
            <g key={time} onPointerEnter={() => setPointed(step)}>
              <rect
                x={x}
                y={0}
                width={stepWidth}
                height={floor}
                fill={pointed === step ? "var(--bg-base-hover)" : "transparent"}
              />
              {series.map(({ name, color, values }) => {
                const length = height(values[step]!)
                y -= length
                return (
                  <rect
                    key={name}
                    x={x + (stepWidth * GAP) / 2}
                    y={y}
                    width={stepWidth * (1 - GAP)}
                    height={length}
                    fill={color}
                  />
                )
              })}
            </g>
          )
        })}
        {times.map((time, step) =>
          step % Math.ceil(times.length / LABELS) === 0 ? (
            <text
              key={time}
              x={SIDE + step * stepWidth}
              y={HEIGHT - 4}
              fontSize={11}
              fill="var(--fg-muted)"
            >
              {formatTime(time)}
            </text>
          ) : null
        )}
      </svg>
    </figure>
  )
}

/** To a number of one digit times a power of ten, whose half is short, too. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 3, 4, 6, 8, 10].find((step) => step * power >= value)! * power
}
