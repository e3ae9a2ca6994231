import type { PostgresCachingProvider } from "../services"
import { readUsage } from "../sql/stats"
import type { Counts, Period, UsageAnswer } from "./answers"
import { read } from "./answering"

/** Into how many steps of how many seconds a period is divided. */
const STEPS: Record<Period, { count: number; seconds: number }> = {
  hour: { count: 60, seconds: 60 },
  day: { count: 96, seconds: 15 * 60 },
  week: { count: 84, seconds: 2 * 60 * 60 },
}

type Row = Counts & { readonly at: Date }

/** What all processes have reported, of all servers together. */
export async function answerUsage(
  provider: PostgresCachingProvider,
  period: Period
): Promise<UsageAnswer> {
  const { count, seconds } = STEPS[period]
  const rows = await read(provider, (database) =>
    database.run<Row>(readUsage, [database.namespace, count, seconds])
  )
  const steps = new Map<number, Row>()
  for (const row of rows) {
    const other = steps.get(+row.at)
    steps.set(+row.at, other ? addSteps(row, other) : row)
  }
  // Where the clocks of the servers differ, one may have begun another step.
  const usage = [...steps.values()]
    .sort((one, other) => +one.at - +other.at)
    .slice(-count)
    .map((step) => ({ ...step, at: step.at.toISOString() }))
  return { period, step_seconds: seconds, usage }
}

const addSteps = (one: Row, other: Row): Row => ({
  at: one.at,
  hits: one.hits + other.hits,
  misses: one.misses + other.misses,
  sets: one.sets + other.sets,
  removed: one.removed + other.removed,
})
