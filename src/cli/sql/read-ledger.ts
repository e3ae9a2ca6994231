import { statement } from "../../sql/statement"

/** Which migrations the ledger names. $1 text[] their names. */
export const readLedger = statement(
  "read_ledger",
  ({ schema }) => `
select m.name from "${schema}"."mikro_orm_migrations" m where m.name = any($1::text[])
`
)
