import type { Tables } from "../../sql/statement"

/** Whether the role may read Medusa's ledger of migrations; no row if there is none. $1 schema. */
export const findLedger = `
select pg_catalog.has_table_privilege(c.oid, 'select') as readable
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = 'mikro_orm_migrations'`

/** Which migrations the ledger names. $1 text[] their names. */
export const readLedger = ({ schema }: Tables): string => `
select m.name from "${schema}"."mikro_orm_migrations" m where m.name = any($1::text[])`

/** Which functions exist. $1 schema, $2 text[] names. */
export const findFunctions = `
select p.proname::text as name
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = $1 and p.proname = any($2::text[])`

/** How many seconds ago the last run of the sweep began. */
export const readLastSweep = ({ sweep }: Tables): string => `
select extract(epoch from pg_catalog.clock_timestamp() - w.began_at)::float8 as seconds_ago from ${sweep} w`

/**
 * The server's version, whether it vacuums by itself, and whether this connection can write. `remedy` makes it
 * writable, depending on where the setting comes from (https://www.postgresql.org/docs/current/view-pg-settings.html).
 */
export const readServer = `
select pg_catalog.current_setting('server_version_num')::int as version_num,
  pg_catalog.current_setting('server_version') as version,
  pg_catalog.current_setting('autovacuum')::boolean as autovacuum,
  pg_catalog.current_setting('track_counts')::boolean as track_counts,
  pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only')::boolean as read_only,
  case s.source
    when 'database' then pg_catalog.format('alter database %I reset %s', pg_catalog.current_database(), s.name)
    when 'user' then pg_catalog.format('alter role %I reset %s', session_user, s.name)
    when 'database user' then pg_catalog.format('alter role %I in database %I reset %s', session_user, pg_catalog.current_database(), s.name)
    when 'configuration file' then pg_catalog.format('alter system set %s = off; select pg_catalog.pg_reload_conf()', s.name)
  end as remedy
from pg_settings s
where s.name = 'default_transaction_read_only'`

/** Tables with their columns, indexes, storage and statistics (`TableState`). $1 schema, $2 text[] names. */
export const readTables = `
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
order by c.relname`

/**
 * The grants of the rights that the role lacks. $1 schema, $2 text[] tables and functions, $3 text[] the right that
 * each needs; one that needs several rights is there several times.
 */
export const readMissingRights = `
with wanted as (
  select n.oid as schema, w.name, w.privilege, w.position
  from unnest($2::text[], $3::text[]) with ordinality as w (name, privilege, position)
  join pg_namespace n on n.nspname = $1
), needed as (
  select c.oid, c.relname as name, w.privilege, w.position, 'table' as kind
  from wanted w join pg_class c on c.relnamespace = w.schema and c.relname = w.name
  union all
  select p.oid, p.proname, w.privilege, w.position, 'function'
  from wanted w join pg_proc p on p.pronamespace = w.schema and p.proname = w.name
)
select pg_catalog.format('grant usage on schema %I to %I', n.nspname, current_user) as name
from pg_namespace n
where n.nspname = $1 and not pg_catalog.has_schema_privilege(n.oid, 'usage')
union all
select pg_catalog.format('grant %s on %s %I.%I to %I',
  pg_catalog.string_agg(d.privilege, ', ' order by d.position), d.kind, $1::text, d.name, current_user)
from needed d
where not case d.kind
  when 'function' then pg_catalog.has_function_privilege(d.oid, d.privilege)
  else pg_catalog.has_table_privilege(d.oid, d.privilege)
end
group by d.oid, d.kind, d.name
order by name`
