import { statement } from "../../sql/statement"

/**
 * Tables as the server has them: columns, indexes, storage and statistics. From the catalogs, which
 * everybody may read.
 *
 * $1 schema, $2 text[] names.
 */
export const readTables = statement(
  "read_tables",
  () => `
select c.relname::text as name,
  c.relpersistence::text as persistence,
  coalesce(c.reloptions, '{}') as options,
  (
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', a.attname,
      'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'nullable', not a.attnotnull,
      'hasDefault', a.atthasdef
    ) order by a.attnum), '[]')
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns,
  (
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', ic.relname,
      'columns', (
        select coalesce(pg_catalog.json_agg(a.attname order by k.position), '[]')
        from pg_catalog.unnest(i.indkey) with ordinality as k (attnum, position)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where k.position <= i.indnkeyatts
      ),
      'primary', i.indisprimary,
      'unique', i.indisunique,
      'partial', i.indpred is not null,
      'valid', i.indisvalid and i.indisready
    ) order by ic.relname), '[]')
    from pg_index i join pg_class ic on ic.oid = i.indexrelid
    where i.indrelid = c.oid
  ) as indexes,
  coalesce(s.n_live_tup, 0)::float8 as live_rows,
  coalesce(s.n_dead_tup, 0)::float8 as dead_rows,
  greatest(s.last_vacuum, s.last_autovacuum) as last_vacuum
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_all_tables s on s.relid = c.oid
where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind = 'r'
order by c.relname
`
)
