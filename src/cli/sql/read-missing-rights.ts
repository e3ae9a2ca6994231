import { statement } from "../../sql/statement"

/**
 * The rights that the role lacks, as the grants that would give them.
 *
 * $1 schema, $2 text[] tables, sequences and functions, $3 text[] the right that each needs; one that needs
 * several is there several times.
 */
export const readMissingRights = statement(
  "read_missing_rights",
  () => `
with wanted as (
  select n.oid as schema, w.name, w.privilege, w.position
  from unnest($2::text[], $3::text[]) with ordinality as w (name, privilege, position)
  join pg_namespace n on n.nspname = $1
), needed as (
  select c.oid, c.relname as name, w.privilege, w.position,
    case c.relkind when 'S' then 'sequence' else 'table' end as kind
  from wanted w join pg_class c on c.relnamespace = w.schema and c.relname = w.name
  union all
  select p.oid, p.proname, w.privilege, w.position, 'function'
  from wanted w join pg_proc p on p.pronamespace = w.schema and p.proname = w.name
)
select pg_catalog.format('grant usage on schema %I to %I', n.nspname, current_user) as remedy
from pg_namespace n
where n.nspname = $1 and not pg_catalog.has_schema_privilege(n.oid, 'usage')
union all
select pg_catalog.format('grant %s on %s %I.%I to %I',
  pg_catalog.string_agg(d.privilege, ', ' order by d.position), d.kind, $1::text, d.name, current_user)
from needed d
where not case d.kind
  when 'sequence' then pg_catalog.has_sequence_privilege(d.oid, d.privilege)
  when 'function' then pg_catalog.has_function_privilege(d.oid, d.privilege)
  else pg_catalog.has_table_privilege(d.oid, d.privilege)
end
group by d.oid, d.kind, d.name
order by remedy
`
)
