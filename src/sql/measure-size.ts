import { measure } from "./measure"
import { statement } from "./statement"

/**
 * How many entries a namespace has and how many bytes they take. Counts exactly what takes some
 * milliseconds, else a random part.
 *
 * $1 namespace. Gives the entries counted, the share of the namespace that they are (0 to 1); the entries
 * sampled, the mean of their bytes and its standard deviation.
 */
export const measureSize = statement(
  "measure_size",
  (tables) => `
with recursive ${measure(tables, { millis: 10, sampled: 2_000 })}
select
  (select entries from counted),
  (select share from counted),
  pg_catalog.count(*),
  coalesce(pg_catalog.avg(s.bytes), 0)::float8,
  coalesce(pg_catalog.stddev_pop(s.bytes), 0)::float8
from sampled s
`
)
