/**
 * Checks of the doctor that a statement makes. Each returns results: status ("ok", "warning" or "problem"), message and
 * advice. None means that all is well.
 */
import * as own from "../../sql/statement"

/** The cache's tables `c` that exist, of these names. */
const ownTables = (
  { schema }: own.Tables,
  names: readonly string[] = own.ALL_TABLE_NAMES
) => `(
  select r.*
  from pg_class r join pg_namespace n on n.oid = r.relnamespace
  where n.nspname = '${schema}' and r.relname = any('{${names.join()}}') and r.relkind = 'r'
) c`

export const listTables = (tables: own.Tables): string => `
select c.relname::text as name from ${ownTables(tables)}`

/** Whether the role may read Medusa's ledger of migrations; no row if there is none. */
export const findLedger = ({ schema }: own.Tables): string => `
select pg_catalog.has_table_privilege(c.oid, 'select') as readable
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = '${schema}' and c.relname = 'mikro_orm_migrations'`

/** Which migrations Medusa's ledger does not name. $1 text[] their names. */
export const findUnrecorded = ({ schema }: own.Tables): string => `
select w.name
from pg_catalog.unnest($1::text[]) w (name)
where not exists (select from "${schema}"."mikro_orm_migrations" m where m.name = w.name)`

/** How many seconds ago the last run of the sweep began. */
export const readLastSweep = ({ sweep }: own.Tables): string => `
select extract(epoch from pg_catalog.clock_timestamp() - w.began_at)::float8 as seconds from ${sweep} w`

export const examineServer = `
select case when r.is_supported then 'ok' else 'problem' end as status,
  pg_catalog.concat('PostgreSQL ', pg_catalog.current_setting('server_version'), case when not r.is_supported then ' is too old' end) as message,
  case when not r.is_supported then 'Use PostgreSQL 14 or newer.' end as advice
from (select pg_catalog.current_setting('server_version_num')::int >= 140000 as is_supported) r`

/**
 * Whether the database takes writes at all, whatever the role's rights. What makes it writable depends on where the
 * setting comes from (https://www.postgresql.org/docs/current/view-pg-settings.html).
 */
export const examineWrites = `
select 'problem' as status, r.message, r.advice
from pg_settings s, lateral (values
  (1, pg_catalog.pg_is_in_recovery(),
    'the server is a standby: it takes no writes, and does not have unlogged tables',
    'Give the cache the URL of the primary, in the shop''s \`databaseUrl\` or in the option \`database.clientUrl\`.'),
  (2, pg_catalog.current_setting('transaction_read_only')::boolean,
    'the database is read-only: default_transaction_read_only is on',
    coalesce(
      'Turn it off: ' || case s.source
        when 'database' then pg_catalog.format('alter database %I reset %s', pg_catalog.current_database(), s.name)
        when 'user' then pg_catalog.format('alter role %I reset %s', session_user, s.name)
        when 'database user' then pg_catalog.format('alter role %I in database %I reset %s', session_user, pg_catalog.current_database(), s.name)
        when 'configuration file' then pg_catalog.format('alter system set %s = off; select pg_catalog.pg_reload_conf()', s.name)
      end || ';',
      'Turn default_transaction_read_only off where it is set: in the \`options\` of the URL, in PGOPTIONS, or on the server''s command line.'))
) r (position, applies, message, advice)
where s.name = 'default_transaction_read_only' and r.applies
order by r.position
limit 1`

/**
 * Whether the tables are logged as the option says, and all of them or none; that of the list of servers always is. $1
 * the option, or null.
 */
export const examineStorage = (tables: own.Tables): string => `
with found as (
  select c.relname as name, c.relpersistence <> 'u' as logged from ${ownTables(tables, own.TABLE_NAMES)}
), named as (
  select pg_catalog.string_agg(f.name, ', ' order by f.name) filter (where f.logged <> $1::boolean) as differing,
    pg_catalog.string_agg(f.name, ', ' order by f.name) filter (where not f.logged) as unlogged,
    pg_catalog.string_agg(f.name, ', ') filter (where f.logged) as logged,
    pg_catalog.string_agg(pg_catalog.concat('alter table "${tables.schema}".', f.name, ' set logged;'), ' ') filter (where not f.logged) as statements
  from found f
)
select r.status, r.message, r.advice
from named n, lateral (values
  (1, n.differing is not null, 'warning',
    pg_catalog.format('the option "logged" is %s, and %s %s', $1::text, n.differing, case when $1 then 'not logged' else 'logged' end),
    'Run \`npx medusa db:migrate\`, which makes the tables follow the option.'),
  (2, n.logged is null, 'ok', 'unlogged: a crash of the server empties the cache, replicas do not have it', null),
  (3, n.unlogged is null, 'ok', 'logged: the cache survives a crash, and each write costs WAL', null),
  (4, true, 'warning',
    pg_catalog.format('some tables are logged, and %s not: a crash of the server would empty some of them', n.unlogged),
    'Make them alike: ' || n.statements)
) r (position, applies, status, message, advice)
where r.applies
order by r.position
limit 1`

/** Whether there are Citus's metadata. */
export const findCitus = `
select pg_catalog.to_regclass('pg_catalog.pg_dist_partition') is not null as found`

/**
 * Tables that Citus has distributed; not those that it keeps on the coordinator as they are
 * (https://docs.citusdata.com/en/stable/develop/api_metadata.html).
 */
export const examineCitus = (tables: own.Tables): string => `
select 'problem' as status,
  pg_catalog.format('Citus has distributed %s: sets take many times as long or are refused, and notifications are lost',
    pg_catalog.string_agg(c.relname, ', ' order by c.relname)) as message,
  'Run \`undistribute_table\` on each of them; to use several servers, name them in \`database.servers\` (docs/scaling.md).' as advice
from ${ownTables(tables)} join pg_catalog.pg_dist_partition d on d.logicalrelid = c.oid
where not (d.partmethod = 'n' and d.repmodel = 's' and d.colocationid = 0)
having pg_catalog.count(*) > 0`

export const examineIndexes = (tables: own.Tables): string => `
with found as (
  select x.relname as name, i.indisvalid and i.indisready as valid
  from ${ownTables(tables)} join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
)
select 'ok' as status, pg_catalog.format('all %s valid', pg_catalog.count(*)) as message, null as advice
from found f
having pg_catalog.bool_and(f.valid)
union all
select 'problem',
  pg_catalog.format('the index %s is not valid: the server does not use it', f.name),
  pg_catalog.format('reindex index concurrently "${tables.schema}"."%s";', f.name)
from found f
where not f.valid`

/**
 * Whether the server vacuums the tables by itself, and often enough. Autovacuum starts at 5 % and 1,000 dead rows; far
 * beyond that are 10,000 and more than half.
 */
export const examineAutovacuum = (tables: own.Tables): string => `
select 'warning' as status,
  pg_catalog.format('the server''s setting %s is off: the tables will grow and become slow', s.name) as message,
  pg_catalog.format('Turn it on: alter system set %s = on; select pg_catalog.pg_reload_conf();', s.name) as advice
from pg_settings s
where s.name in ('autovacuum', 'track_counts') and s.setting = 'off'
union all
select 'warning',
  pg_catalog.format('autovacuum is off for %s', c.relname),
  pg_catalog.format('alter table "${tables.schema}".%s reset (autovacuum_enabled);', c.relname)
from ${ownTables(tables)}, pg_catalog.pg_options_to_table(c.reloptions) o
where o.option_name = 'autovacuum_enabled' and not o.option_value::boolean
union all
select 'warning',
  pg_catalog.format('%s has %s dead rows, %s %% of all; last vacuum: %s',
    t.relname,
    pg_catalog.to_char(t.n_dead_tup, 'FM999,999,999,999'),
    t.n_dead_tup * 100 / (t.n_live_tup + t.n_dead_tup),
    coalesce(greatest(t.last_vacuum, t.last_autovacuum)::text, 'never')),
  pg_catalog.format('Look for transactions that stay open in pg_stat_activity, which keep dead rows alive; then: vacuum "${tables.schema}".%s;', t.relname)
from ${ownTables(tables)} join pg_stat_all_tables t on t.relid = c.oid
where t.n_dead_tup > 10000 and t.n_dead_tup > t.n_live_tup`

/** Whether the role may do what a running shop needs, as in docs/least-privilege.sql; migrations need more. */
export const examineRights = ({ schema }: own.Tables): string => `
with lacking as (
  select pg_catalog.format('grant %s on %s %s to %I',
    pg_catalog.string_agg(r.name, ', ' order by r.position),
    w.kind,
    pg_catalog.concat_ws('.', pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(w.name)),
    current_user) as grant
  from (values
    ('schema', null, 'usage'),
    ('table', '${own.NAMES.entry}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.tag}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.option}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.sweep}', 'select, insert, update'),
    ('table', '${own.NAMES.invalidation}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.minute}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.process}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.lease}', 'select, insert, update, delete'),
    ('table', '${own.NAMES.server}', 'select, insert, update'),
    ('function', '${own.NAMES.invalidate}', 'execute'),
    ('function', '${own.NAMES.isInvalidated}', 'execute'),
    ('function', '${own.NAMES.removeInvalidated}', 'execute'),
    ('function', '${own.NAMES.staleFills}', 'execute'),
    ('function', '${own.NAMES.takeLease}', 'execute')
  ) w (kind, name, rights)
  join pg_namespace n on n.nspname = '${schema}'
  left join pg_class c on w.kind = 'table' and c.relnamespace = n.oid and c.relname = w.name
  left join pg_proc p on w.kind = 'function' and p.pronamespace = n.oid and p.proname = w.name,
  pg_catalog.unnest(pg_catalog.string_to_array(w.rights, ', ')) with ordinality r (name, position)
  where not case w.kind
    when 'schema' then pg_catalog.has_schema_privilege(n.oid, r.name)
    when 'table' then pg_catalog.has_table_privilege(c.oid, r.name)
    else pg_catalog.has_function_privilege(p.oid, r.name)
  end
  group by w.kind, n.nspname, w.name
)
select 'problem' as status,
  'the role lacks rights on the tables' as message,
  pg_catalog.format('As their owner: %s;', pg_catalog.string_agg(l.grant, '; ' order by l.grant)) as advice
from lacking l
having pg_catalog.count(*) > 0`

/**
 * Columns, indexes and functions that are not as they should be. $1 json: the tables as the models describe them, $2 the
 * advice for what is missing or wrong.
 */
export const examineStructure = ({ schema }: own.Tables): string => `
with model as (
  select m.name, c.oid, m.columns, m.indexes
  from pg_catalog.json_to_recordset($1::json) m (name text, columns json, indexes text[])
  join pg_class c on c.relnamespace = '"${schema}"'::regnamespace and c.relname = m.name
), existing as (
  select m.oid, a.attname as name, a.atttypid::regtype as type, not a.attnotnull as nullable, a.atthasdef as has_default
  from model m join pg_attribute a on a.attrelid = m.oid and a.attnum > 0 and not a.attisdropped
), wanted as (
  select m.oid, w.name, w.type, w.nullable
  from model m, pg_catalog.json_to_recordset(m.columns) w (name text, type regtype, nullable boolean)
), columns as (
  select coalesce(w.oid, e.oid) as oid, coalesce(w.name, e.name) as name, case
    when e.name is null then 'is missing'
    when w.name is null and (e.nullable or e.has_default) then 'is not the package''s'
    when w.name is null then 'is not the package''s, and has no default: sets fail'
    when e.type <> w.type then pg_catalog.format('is %s instead of %s', e.type, w.type)
    when e.nullable <> w.nullable then 'must be ' || case when w.nullable then 'nullable' else 'not null' end
  end as fault
  from existing e full join wanted w on w.oid = e.oid and w.name = e.name
)
select case when f.fault ~ 'package''s$' then 'warning' else 'problem' end as status,
  pg_catalog.format('column %s.%s %s', m.name, f.name, f.fault) as message,
  case when f.fault ~ 'package''s$'
    then 'It does no harm, but costs space; is it from another version, or yours?' else $2::text end as advice
from columns f join model m using (oid)
where f.fault is not null
union all
-- Under whatever name.
select 'problem', pg_catalog.format('%s has no %s', m.name, w.index), $2
from model m, pg_catalog.unnest(m.indexes) w (index)
where w.index not in (
  select pg_catalog.concat(
    case when i.indpred is not null then 'partial ' end,
    case when i.indisprimary then 'primary key' when i.indisunique then 'unique index' else 'index' end,
    ' on ',
    -- The first parentheses have the columns.
    pg_catalog.substring(pg_catalog.pg_get_indexdef(i.indexrelid), '\\([^)]*\\)'))
  from pg_index i
  where i.indrelid = m.oid
)
union all
select 'problem', pg_catalog.format('the function %s is missing', w.name), $2
from pg_catalog.unnest('{${own.FUNCTION_NAMES.join()}}'::text[]) w (name)
where not exists (
  select from pg_proc p where p.pronamespace = '"${schema}"'::regnamespace and p.proname = w.name
)`
