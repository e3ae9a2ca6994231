import { statement } from "../../sql/statement"

/** How a sequence is stored: "p" for logged. $1 schema, $2 name. */
export const readSequence = statement(
  "read_sequence",
  () => `
select c.relpersistence::text as persistence
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and c.relkind = 'S'
`
)
