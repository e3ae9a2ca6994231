import { statement } from "../../sql/statement"

/** A row where the function is there. $1 schema, $2 name. */
export const findFunction = statement(
  "find_function",
  () => `
select p.proname as name
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = $1 and p.proname = $2
`
)
