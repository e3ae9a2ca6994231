import type { PostgresCachingProvider } from "../services"
import type { Tables } from "../sql/statement"
import type { Counts, Period, UsageAnswer } from "./answers"
import { read } from "./answering"

/** Into how many steps of how many seconds a period is divided. */
const STEPS: Record<Period, { count: number; seconds: number }> = {
  hour: { count: 60, seconds: 60 },
  day: { count: 96, seconds: 15 * 60 },
  week: { count: 84, seconds: 2 * 60 * 60 },
}

/** What all processes have reported: $1 namespace, $2 how many steps, $3 their seconds. The last step is not over. */
const readUsage = ({ minute }: Tables) => `
with step as (
  select s.at, s.at + pg_catalog.make_interval(secs => $3::float8) as until
  from (
    select pg_catalog.to_timestamp(
      (pg_catalog.floor(extract(epoch from pg_catalog.statement_timestamp()) / $3::float8) - n.back) * $3::float8) as at
    from pg_catalog.generate_series(0, $2::int - 1) n (back)
  ) s
)
select s.at,
  coalesce(pg_catalog.sum(m.hits), 0)::float8 as hits,
  coalesce(pg_catalog.sum(m.misses), 0)::float8 as misses,
  coalesce(pg_catalog.sum(m.sets), 0)::float8 as sets,
  coalesce(pg_catalog.sum(m.removed), 0)::float8 as removed
from step s left join ${minute} m on m.namespace = $1 and m.minute >= s.at and m.minute < s.until
group by s.at
order by s.at`

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
