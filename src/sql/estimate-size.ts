import { sampleEntries } from "./sample"
import { statement } from "./statement"

/**
 * How many entries a namespace has and how many bytes they take, estimated from a sample.
 *
 * $1 namespace. Gives both numbers.
 */
export const estimateSize = statement(
  "estimate_size",
  (tables) => `
with ${sampleEntries(tables)}
select round(count(*) * 100 / (select percent from scale)),
  round(coalesce(sum(s.bytes), 0) * 100 / (select percent from scale))
from sampled s
`
)
