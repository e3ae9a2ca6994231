import { statement } from "../../sql/statement"

/** The ledger of migrations, and whether the role may read it; no row where there is none. $1 schema. */
export const findLedger = statement(
  "find_ledger",
  () => `
select pg_catalog.has_table_privilege(c.oid, 'select') as readable
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = 'mikro_orm_migrations'
`
)
