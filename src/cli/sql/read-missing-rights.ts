import { statement } from "../../sql/statement"

/**
 * The rights that the role lacks, as the grants that would give them.
 *
 * $1 schema, $2 text[] tables and sequences, $3 text[] the right that each needs; one that needs several
 * is there several times.
 */
export const readMissingRights = statement(
  "read_missing_rights",
  () => `
with needed as (
  select c.oid, c.relkind, c.relname, w.privilege, w.position
  from unnest($2::text[], $3::text[]) with ordinality as w (name, privilege, position)
  join pg_class c on c.relname = w.name
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = $1
)
select format('grant usage on schema %I to %I', n.nspname, current_user) as remedy
from pg_namespace n
where n.nspname = $1 and not has_schema_privilege(n.oid, 'usage')
union all
select format('grant %s on %s %I.%I to %I',
  string_agg(d.privilege, ', ' order by d.position),
  case d.relkind when 'S' then 'sequence' else 'table' end,
  $1::text, d.relname, current_user)
from needed d
where not case d.relkind
  when 'S' then has_sequence_privilege(d.oid, d.privilege)
  else has_table_privilege(d.oid, d.privilege)
end
group by d.relkind, d.relname
order by remedy
`
)
