import { type Statement, statement } from "../../sql/statement"
import type { Tables } from "../../sql/statement"
import { ENTRY_COLUMNS } from "./entry-columns"

/** What entries are sorted by, the first of them at the top. */
const ORDERS = {
  newest: "e.created_at desc, e.id desc",
  oldest: "e.created_at, e.id",
  // Of the JSON: PostgreSQL tells its length without uncompressing it.
  largest: "octet_length(e.data) desc, e.id desc",
}

export type Order = keyof typeof ORDERS

/** Entries of a namespace, live or expired. $1 namespace, $2 how many at most. */
export function listEntries(order: Order): (tables: Tables) => Statement {
  return statement(
    `list_${order}`,
    ({ entry }) => `
select ${ENTRY_COLUMNS}
from ${entry} e
where e.namespace = $1
order by ${ORDERS[order]}
limit $2
`
  )
}
