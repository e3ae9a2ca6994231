import { clientConfig, createClient } from "../connection"
import type { DriverOptions } from "../options"
import { TABLE_NAMES } from "../sql/statement"
import type { MigrationTarget, ScriptInput } from "./targets"

/** The schema's tables of the cache whose `relpersistence` is another one. $1 schema, $2 text[] names, $3 "p" or "u". */
const FIND_DIFFERING = `
select c.relname::text as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind = 'r' and c.relpersistence <> $3
order by c.relname`

/**
 * Makes the tables logged or unlogged, as the option `logged` says. A migration runs once; the option may change
 * at any time.
 *
 * Each table is altered in a transaction of its own. Holding the locks of several at once could deadlock with a shop
 * that runs. If this ends halfway, the next `medusa db:migrate` finds what is left.
 *
 * @throws when the role does not own the tables
 */
export async function followLogged(
  { clientUrl, schema, logged, options }: MigrationTarget,
  logger: ScriptInput["logger"]
): Promise<void> {
  const { driverOptions = {} } = options.database as {
    driverOptions?: DriverOptions
  }
  const client = createClient(
    clientConfig({ database: { clientUrl, schema, driverOptions } })
  )
  // Without a listener a connection that breaks while idle would end the process.
  client.on("error", () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(FIND_DIFFERING, [
      schema,
      TABLE_NAMES,
      logged ? "p" : "u",
    ])
    const kind = logged ? "logged" : "unlogged"
    for (const { name } of rows) {
      await client.query(`alter table "${schema}"."${name}" set ${kind}`)
    }
    if (rows.length > 0) {
      const names = rows.map(({ name }) => name).join(", ")
      ;(logger ?? console).info(
        `[caching-postgres] the option "logged" is ${String(logged)}: in schema "${schema}" these tables are ${kind} now: ${names}`
      )
    }
  } finally {
    await client.end()
  }
}
