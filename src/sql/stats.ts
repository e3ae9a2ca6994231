import { measure } from "./measure"
import type { Tables } from "./statement"

/**
 * How many entries a namespace has and how many bytes they take. Counts exactly what takes some milliseconds, else a
 * random part. $1 namespace. Gives a `Measurement` (src/sweep/evictor.ts) as JSON.
 */
export const measureSize = (tables: Tables): string => `
with recursive ${measure(tables, { millis: 10, sampled: 2_000 })}
select pg_catalog.json_build_object(
  'counted', (select entries from counted),
  'share', (select share from counted),
  'sampled', pg_catalog.count(*),
  'meanBytes', coalesce(pg_catalog.avg(s.bytes), 0),
  'deviation', coalesce(pg_catalog.stddev_pop(s.bytes), 0))
from sampled s
`

/** What all processes have reported within the last `interval`. */
const reportedWithin = (interval: string, { minute }: Tables) => `(
    select pg_catalog.json_build_object(
      'hits', coalesce(pg_catalog.sum(m.hits), 0),
      'nearHits', coalesce(pg_catalog.sum(m.near_hits), 0),
      'misses', coalesce(pg_catalog.sum(m.misses), 0),
      'sets', coalesce(pg_catalog.sum(m.sets), 0),
      'removed', coalesce(pg_catalog.sum(m.removed), 0),
      'hitRate', pg_catalog.sum(m.hits)::float8 / nullif(pg_catalog.sum(m.hits + m.misses)::float8, 0::float8))
    from ${minute} m
    where m.namespace = $1 and m.minute > pg_catalog.statement_timestamp() - interval '${interval}'
  )`

/** Each reports once a minute while it reads. One that has not reported for this long is gone, or its near cache is empty. */
const PROCESS_GONE = "interval '3 minutes'"

/** The near caches of all processes. */
const nearCaches = ({ process }: Tables) => `(
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'id', p.id,
      'process', p.name,
      'workerMode', p.worker_mode,
      'startedAt', p.started_at,
      'reportedAt', p.reported_at,
      'isListening', p.is_listening,
      'entries', p.entries,
      'bytes', p.bytes,
      'maxBytes', p.max_bytes,
      'hits', p.hits,
      'reads', p.reads
    ) order by p.name, p.id), '[]')
    from ${process} p
    where p.namespace = $1 and p.reported_at > pg_catalog.statement_timestamp() - ${PROCESS_GONE}
  )`

/** Most entries first. Tags stay JSON: not every JSON string is one that PostgreSQL's text can hold. */
const topOf = (condition: string) => `(
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('tag', t.tag::json, 'entries', t.entries)), '[]')
    from (
      select c.tag, pg_catalog.round(
        c.entries * (select entries from total) / (select pg_catalog.count(*) from sampled)) as entries
      from tag_count c
      where ${condition}
      order by c.entries desc, c.tag
      limit $2
    ) t
  )`

/**
 * What a namespace holds, exactly where that is quick and else by estimate, and what the three tables that hold entries
 * take on disk, exactly.
 *
 * $1 namespace, $2 how many tags. Gives the part of `CacheStats` (src/stats.ts) that the database knows, as JSON.
 */
export const readStats = (tables: Tables): string => `
with recursive ${measure(tables, { millis: 100, sampled: 5_000 })},
total as (
  select entries / share as entries from counted
), tag_count as materialized (
  select t.tag::text as tag, pg_catalog.count(*) as entries
  from sampled s, pg_catalog.json_array_elements(s.tags) as t (tag)
  group by t.tag::text
)
select pg_catalog.json_build_object(
  'countedPercent', (select share * 100 from counted),
  'sampledPercent', (select share * 100 from sampled_share),
  'entries', (select pg_catalog.round(entries) from total),
  'bytes', (
    select pg_catalog.round(coalesce(pg_catalog.avg(s.bytes), 0) * (select entries from total)) from sampled s
  ),
  'oldestEntry', (select pg_catalog.min(s.created_at) from sampled s),
  'topTags', ${topOf("true")},
  'topProducts', ${topOf(`c.tag like '"Product:%' and c.tag not like '"Product:list:%'`)},
  'tables', (
    select pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', c.relname,
      'bytes', pg_catalog.pg_total_relation_size(c.oid),
      'liveRows', s.n_live_tup,
      'deadRows', s.n_dead_tup,
      'deadShare', s.n_dead_tup::float8 / greatest(s.n_live_tup + s.n_dead_tup, 1)::float8,
      'lastVacuum', greatest(s.last_vacuum, s.last_autovacuum)
    ) order by c.relname)
    from pg_class c join pg_stat_all_tables s on s.relid = c.oid
    where c.oid in ('${tables.entry}'::regclass, '${tables.tag}'::regclass, '${tables.option}'::regclass)
  ),
  'lastHour', ${reportedWithin("1 hour", tables)},
  'lastDay', ${reportedWithin("1 day", tables)},
  'nearCaches', ${nearCaches(tables)},
  'lastSweep', (
    select pg_catalog.json_build_object(
      'at', w.began_at, 'seconds', w.seconds, 'expired', w.expired, 'evicted', w.evicted, 'orphans', w.orphans)
    from ${tables.sweep} w
  )
)
`

/** Adds what a process has counted to the present minute. $1 namespace, then the counts in the order of the columns. */
export const addToMinute = ({ minute }: Tables): string => `
insert into ${minute} as m (minute, namespace, hits, near_hits, misses, sets, removed)
values (pg_catalog.date_trunc('minute', pg_catalog.statement_timestamp()), $1,
  $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint)
on conflict (minute, namespace) do update set
  hits = m.hits + excluded.hits,
  near_hits = m.near_hits + excluded.near_hits,
  misses = m.misses + excluded.misses,
  sets = m.sets + excluded.sets,
  removed = m.removed + excluded.removed
`

/**
 * Replaces what a process has reported of its near cache. $1 namespace, $2 id, $3 name, $4 worker mode, $5 seconds since
 * the process started, then the figures in the order of the columns.
 */
export const reportProcess = ({ process }: Tables): string => `
insert into ${process} as p (namespace, id, name, worker_mode, started_at, reported_at,
  is_listening, entries, bytes, max_bytes, hits, reads)
values ($1, $2::uuid, $3, $4,
  pg_catalog.statement_timestamp() - pg_catalog.make_interval(secs => $5::float8), pg_catalog.statement_timestamp(),
  $6::boolean, $7::bigint, $8::bigint, $9::bigint, $10::bigint, $11::bigint)
on conflict (namespace, id) do update set
  reported_at = excluded.reported_at,
  is_listening = excluded.is_listening,
  entries = excluded.entries,
  bytes = excluded.bytes,
  max_bytes = excluded.max_bytes,
  hits = excluded.hits,
  reads = excluded.reads
`

/** Removes the processes of all namespaces that are gone. */
export const sweepProcesses = ({ process }: Tables): string => `
delete from ${process} p where p.reported_at < pg_catalog.statement_timestamp() - ${PROCESS_GONE}
`

/** Removes the minutes of all namespaces that are older than 8 days: a week can be charted, and rows are bounded. */
export const sweepMinutes = ({ minute }: Tables): string => `
delete from ${minute} m where m.minute < pg_catalog.statement_timestamp() - interval '8 days'
`

/** What all processes have reported: $1 namespace, $2 how many steps, $3 their seconds. The last step is not over. */
export const readUsage = ({ minute }: Tables): string => `
with step as (
  select s.at, s.at + pg_catalog.make_interval(secs => $3::float8) as until
  from (
    select pg_catalog.to_timestamp(
      (pg_catalog.floor(extract(epoch from pg_catalog.statement_timestamp()) / $3::float8) - n.back) * $3::float8) as at
    from pg_catalog.generate_series(0, $2::int - 1) n (back)
  ) s
)
select s.at,
  coalesce(pg_catalog.sum(m.hits), 0)::float8 as hits,
  coalesce(pg_catalog.sum(m.misses), 0)::float8 as misses,
  coalesce(pg_catalog.sum(m.sets), 0)::float8 as sets,
  coalesce(pg_catalog.sum(m.removed), 0)::float8 as removed
from step s left join ${minute} m on m.namespace = $1 and m.minute >= s.at and m.minute < s.until
group by s.at
order by s.at`
