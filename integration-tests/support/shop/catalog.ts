import type { Client } from "@medusajs/framework/pg"

const CATALOG = `
  select 'relation' as kind, c.oid::regclass::text as name, c.relkind::text || c.relpersistence::text as detail
    from pg_class c where c.relnamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'column', a.attrelid::regclass::text || '.' || a.attname,
      format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = any ($1::regnamespace[]::oid[]) and a.attnum > 0 and not a.attisdropped
  union all
  select 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'constraint', conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'type', t.oid::regtype::text, t.typtype::text from pg_type t where t.typnamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'function', p.oid::regprocedure::text, p.prosrc from pg_proc p where p.pronamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal`

/** Everything that a database holds, a line each, but for the rows: what a migration can make or leave behind. */
export async function readCatalog(
  client: Client,
  schema = "public"
): Promise<string[]> {
  const { rows } = await client.query<{
    kind: string
    name: string
    detail: string
  }>(CATALOG, [[schema]])

  return rows
    .map(({ kind, name, detail }) => `${kind} ${name}: ${detail}`)
    .sort()
}

/** What the ledger that all of Medusa's modules share says of the provider's migrations. */
export async function readLedger(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select name from mikro_orm_migrations where name ilike '%cachingpostgres%' order by name"
  )

  return rows.map(({ name }) => name)
}
