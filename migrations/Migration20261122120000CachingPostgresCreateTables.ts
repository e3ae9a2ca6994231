import { Migration } from "@medusajs/framework/mikro-orm/migrations"

/**
 * Vacuum early: half of all rows may be replaced within minutes, and a scan over dead rows is what
 * makes a cache slow. At the server's own pace, since at full speed a vacuum is felt by every get of
 * a small machine.
 */
const TABLE_SETTINGS = `
  autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_insert_scale_factor = 0.2,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_analyze_threshold = 500`

/** Where more was cleared since a miss, looking through it would take longer than a load: the set is rejected. */
const MOST_RECORDS = 2_000

/** Ids of the entries that one transaction stores: the transaction's number times this, plus a position. */
const IDS_A_TRANSACTION = 128

/** In any other level the queries of a function share one snapshot, from before the lock. */
const REQUIRE_READ_COMMITTED = `
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the cache needs the isolation level read committed, got %',
      pg_catalog.current_setting('transaction_isolation');
  end if;`.trimStart()

/**
 * Some poolers do not let the cache's connections ask for the first two. By the third, a function that somebody makes
 * in the schema "public" is not called in place of PostgreSQL's own.
 */
const SETTINGS = `
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set search_path = pg_catalog, pg_temp`.trimStart()

/** A payload must be shorter than 8000 bytes (PostgreSQL's NOTIFY). */
const LONGEST_PAYLOAD = 7_999
/** An epoch: when the server started, in milliseconds, times this, plus a random part for when the table was emptied. */
const EPOCHS_A_MILLISECOND = 1_048_576

const FUNCTIONS = [
  "invalidate",
  "is_invalidated",
  "remove_invalidated",
  "stale_fills",
  "take_lease",
]
const TABLES = [
  "server",
  "lease",
  "process",
  "minute",
  "invalidation",
  "sweep",
  "entry_option",
  "entry_tag",
  "entry",
]

/**
 * All modules of a shop share one ledger of migrations, keyed by this file's name: it must stay
 * unlike any other module's.
 */
export class Migration20261122120000CachingPostgresCreateTables extends Migration {
  override up(): void {
    // MikroORM creates the schema where it is missing: its ledger of migrations lives there, too.
    const schema = this.config.get("schema") || "public"
    const entry = `"${schema}"."caching_postgres_entry"`
    const tag = `"${schema}"."caching_postgres_entry_tag"`
    const option = `"${schema}"."caching_postgres_entry_option"`
    const sweep = `"${schema}"."caching_postgres_sweep"`
    const invalidation = `"${schema}"."caching_postgres_invalidation"`
    const minute = `"${schema}"."caching_postgres_minute"`
    const process = `"${schema}"."caching_postgres_process"`
    const lease = `"${schema}"."caching_postgres_lease"`
    const server = `"${schema}"."caching_postgres_server"`
    const invalidate = `"${schema}"."caching_postgres_invalidate"`
    const isInvalidated = `"${schema}"."caching_postgres_is_invalidated"`
    const removeInvalidated = `"${schema}"."caching_postgres_remove_invalidated"`
    const staleFills = `"${schema}"."caching_postgres_stale_fills"`
    const takeLease = `"${schema}"."caching_postgres_take_lease"`
    /** Whether a clear leaves an entry alone, since that was set with autoInvalidate false. */
    const isExempt = (onlyAuto: string, id: string) =>
      `(${onlyAuto} and exists (select from ${option} o where o.id = ${id} and not o.auto_invalidate))`

    this.addSql(`
create unlogged table if not exists ${entry} (
  id bigint not null,
  previous_id bigint,
  created_at timestamptz not null default statement_timestamp(),
  expires_at timestamptz not null,
  key_digest uuid not null,
  namespace text collate "C" not null,
  key text not null,
  tags text not null,
  data text not null,
  constraint caching_postgres_entry_pkey primary key (namespace, key_digest),
  constraint caching_postgres_entry_id_unique unique (id)
) with (${TABLE_SETTINGS},
  toast.autovacuum_vacuum_scale_factor = 0.05,
  toast.autovacuum_vacuum_threshold = 1000
);`)
    this.addSql(
      `create index if not exists caching_postgres_entry_expires_at_index on ${entry} (expires_at);`
    )
    // lz4 compresses several times faster than pglz; builds without it (some embedded ones) refuse
    // the setting.
    this.addSql(`
do $$ begin
  if exists (
    select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)
  ) then
    alter table ${entry} alter column data set compression lz4, alter column tags set compression lz4;
  end if;
end $$;`)

    this.addSql(`
create unlogged table if not exists ${tag} (
  id bigint not null,
  tag_digest uuid not null,
  constraint caching_postgres_entry_tag_pkey primary key (tag_digest, id)
) with (${TABLE_SETTINGS});`)
    this.addSql(
      `create index if not exists caching_postgres_entry_tag_id_index on ${tag} (id);`
    )

    this.addSql(`
create unlogged table if not exists ${option} (
  id bigint not null,
  auto_invalidate boolean not null,
  constraint caching_postgres_entry_option_pkey primary key (id)
) with (${TABLE_SETTINGS});`)

    this.addSql(`
create unlogged table if not exists ${sweep} (
  only_row boolean not null default true,
  began_at timestamptz not null,
  seconds double precision not null,
  expired bigint not null,
  evicted bigint not null,
  orphans bigint not null,
  constraint caching_postgres_sweep_pkey primary key (only_row)
);`)

    this.addSql(`
create unlogged table if not exists ${invalidation} (
  version bigint not null,
  epoch bigint not null,
  digests uuid[] not null,
  auto_only boolean not null,
  removing_from text collate "C",
  removing_all boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  constraint caching_postgres_invalidation_pkey primary key (version)
) with (${TABLE_SETTINGS});`)
    // Every read looks here for a large clear that is under way: nearly always there is none.
    this.addSql(
      `create index if not exists caching_postgres_invalidation_removing_index on ${invalidation} (removing_from) where removing_from is not null;`
    )

    // The minute leads the key, since the sweep goes by it alone.
    this.addSql(`
create unlogged table if not exists ${minute} (
  minute timestamptz not null,
  namespace text collate "C" not null,
  hits bigint not null, near_hits bigint not null, misses bigint not null,
  sets bigint not null, removed bigint not null,
  constraint caching_postgres_minute_pkey primary key (minute, namespace)
);`)

    this.addSql(`
create unlogged table if not exists ${process} (
  namespace text collate "C" not null,
  id uuid not null,
  name text not null,
  worker_mode text,
  started_at timestamptz not null,
  reported_at timestamptz not null,
  is_listening boolean not null,
  entries bigint not null, bytes bigint not null, max_bytes bigint not null,
  hits bigint not null, reads bigint not null,
  constraint caching_postgres_process_pkey primary key (namespace, id)
);`)

    // Each load inserts a row and each set deletes one, so dead rows are many and live ones few.
    this.addSql(`
create unlogged table if not exists ${lease} (
  key_digest uuid not null,
  holder uuid not null,
  expires_at timestamptz not null,
  constraint caching_postgres_lease_pkey primary key (key_digest)
) with (${TABLE_SETTINGS});`)

    // Logged: a crash must not take it, as it says how the others may be used.
    this.addSql(`
create table if not exists ${server} (
  namespace text collate "C" not null,
  name text not null,
  generation bigint not null,
  names text not null,
  next_names text,
  constraint caching_postgres_server_pkey primary key (namespace)
);`)

    // Functions, since each of their queries sees what was committed before that query: here after the lock
    // was granted. The queries within one statement all see what was committed before the statement.
    // docs/consistency.md says what depends on it.
    this.addSql(`
create or replace function ${invalidate}(
  lock bigint,
  space text,
  key_digests uuid[],
  tag_digests uuid[],
  everything uuid,
  only_auto boolean,
  most integer,
  channel text,
  out removed_ids text,
  out more boolean,
  out removed_keys text
)
language plpgsql volatile ${SETTINGS} as $invalidate$
declare
  own bigint;
  newest bigint;
  newest_epoch bigint;
  server bigint := (date_part('epoch', pg_postmaster_start_time()) * 1000)::bigint;
  recorded uuid[] := case when everything is null then key_digests || tag_digests else array[everything] end;
  found_ids bigint[];
begin
  ${REQUIRE_READ_COMMITTED}
  perform pg_advisory_xact_lock(lock);
  own := pg_current_xact_id()::text::bigint;
  select i.version, i.epoch into newest, newest_epoch from ${invalidation} i order by i.version desc limit 1;
  if newest >= own then
    -- The rows have come with a dump from another cluster: their numbers are ahead of this one's.
    delete from ${invalidation} i where i.version >= own;
    delete from ${entry} e where e.id >= own * ${IDS_A_TRANSACTION};
    newest_epoch := null;
  end if;
  if newest_epoch is null or newest_epoch / ${EPOCHS_A_MILLISECOND} <> server then
    newest_epoch := server * ${EPOCHS_A_MILLISECOND} + (random() * (${EPOCHS_A_MILLISECOND} - 1))::bigint;
  end if;
  insert into ${invalidation} (version, epoch, digests, auto_only) values (own, newest_epoch, recorded, only_auto);

  if everything is null then
    found_ids := array(select t.id from ${tag} t where t.tag_digest = any (tag_digests) limit most + 1);
    if cardinality(key_digests) > 0 then
      found_ids := found_ids || array(select e.id from ${entry} e where e.namespace = space and e.key_digest = any (key_digests));
    end if;
  else
    found_ids := array(select e.id from ${entry} e where e.namespace = space limit most + 1);
  end if;
  more := cardinality(found_ids) > most;
  if cardinality(found_ids) = 0 then
    return;
  end if;
  if not more then
    -- Locked in the order of the keys, as by every statement that locks several entries. Nothing is waited for
    -- while the advisory lock is held: what another transaction has locked is removed later.
    with doomed as materialized (
      select e.id
      from ${entry} e
      where e.id = any (found_ids) and not ${isExempt("only_auto", "e.id")}
      order by e.key_digest
      for update of e skip locked
    ), gone as (
      delete from ${entry} e where e.id = any (array(select d.id from doomed d)) returning e.id, e.key
    )
    select string_agg(g.id::text, ','), string_agg(g.key, ',') filter (where channel is not null)
    into removed_ids, removed_keys
    from gone g;
    more := exists (
      select from ${entry} e where e.id = any (found_ids) and not ${isExempt("only_auto", "e.id")});
  end if;
  if more then
    -- A later record of the same clear stands for the earlier one, unless that is just being worked off.
    update ${invalidation} i
    set removing_from = null
    where i.version = any (array(
      select o.version from ${invalidation} o
      where o.removing_from = space and o.digests = recorded and o.auto_only = only_auto
      for update skip locked
    ));
    update ${invalidation} i
    set removing_from = space, removing_all = everything is not null
    where i.version = own;
  end if;
  if channel is not null and (more or removed_ids is not null) then
    perform pg_notify(channel, case when more or length(removed_ids) > ${LONGEST_PAYLOAD} then '*' else removed_ids end);
  end if;
end
$invalidate$;`)
    this.addSql(`
create or replace function ${isInvalidated}(entry_id bigint, space text, entry_key_digest uuid)
returns boolean
language plpgsql stable ${SETTINGS} as $is_invalidated$
begin
  return exists (
    select from ${invalidation} i
    where i.removing_from = space
      and entry_id < i.version * ${IDS_A_TRANSACTION}
      and (i.removing_all
        or entry_key_digest = any (i.digests)
        or exists (select from ${tag} t where t.id = entry_id and t.tag_digest = any (i.digests)))
      and not ${isExempt("i.auto_only", "entry_id")}
  );
end
$is_invalidated$;`)
    this.addSql(`
create or replace function ${removeInvalidated}(most integer, out removed bigint, out more boolean)
language plpgsql volatile ${SETTINGS} as $remove_invalidated$
declare
  clear record;
  newest bigint;
  found_ids bigint[];
  gone bigint[];
begin
  ${REQUIRE_READ_COMMITTED}
  removed := 0;
  more := false;
  select i.version, i.digests, i.auto_only, i.removing_from as space, i.removing_all
  into clear
  from ${invalidation} i
  where i.removing_from is not null
  order by i.version
  limit 1
  for update skip locked;
  if not found then
    return;
  end if;
  newest := clear.version * ${IDS_A_TRANSACTION};
  if clear.removing_all then
    found_ids := array(
      select e.id from ${entry} e where e.namespace = clear.space and e.id < newest limit most);
  else
    found_ids := array(
      select t.id from ${tag} t
      where t.tag_digest = any (clear.digests) and t.id < newest and not ${isExempt("clear.auto_only", "t.id")}
      limit most
    ) || array(
      select e.id from ${entry} e
      where e.namespace = clear.space and e.key_digest = any (clear.digests) and e.id < newest
        and not ${isExempt("clear.auto_only", "e.id")}
      limit most);
  end if;
  if cardinality(found_ids) = 0 then
    update ${invalidation} i set removing_from = null where i.version = clear.version;
    more := exists (select from ${invalidation} i where i.removing_from is not null);
    return;
  end if;
  more := true;
  with doomed as materialized (
    select e.id from ${entry} e where e.id = any (found_ids) order by e.key_digest for update of e skip locked
  ), deleted as (
    delete from ${entry} e where e.id = any (array(select d.id from doomed d)) returning e.id
  )
  select count(*) into removed from deleted d;
  gone := array(
    select f.id from unnest(found_ids) as f (id) where not exists (select from ${entry} e where e.id = f.id));
  delete from ${option} o where o.id = any (gone);
  delete from ${tag} t where t.id = any (gone);
end
$remove_invalidated$;`)
    this.addSql(`
create or replace function ${staleFills}(
  lock bigint,
  tag_digests uuid[],
  positions integer[],
  key_digests uuid[],
  everything uuid,
  versions bigint[],
  epochs bigint[],
  exempt integer[]
) returns integer[]
language plpgsql volatile ${SETTINGS} as $stale_fills$
declare
  newest bigint;
  newest_epoch bigint;
  oldest bigint;
begin
  ${REQUIRE_READ_COMMITTED}
  perform pg_advisory_xact_lock_shared(lock);
  select i.version, i.epoch into newest, newest_epoch from ${invalidation} i order by i.version desc limit 1;
  if newest = all (versions) and newest_epoch = all (epochs) then
    return '{}';
  end if;
  oldest := (select min(f.version) from unnest(versions) as f (version) where f.version >= 0);
  if (select count(*) from (select from ${invalidation} i where i.version > oldest limit ${MOST_RECORDS} + 1) n) > ${MOST_RECORDS} then
    return array(
      select f.position::integer from unnest(versions) with ordinality as f (version, position) where f.version >= 0);
  end if;
  return array(
    select f.position::integer
    from unnest(versions, epochs) with ordinality as f (version, epoch, position)
    where f.version >= 0
      and (f.version > newest or (
        select i.epoch from ${invalidation} i where i.version <= f.version order by i.version desc limit 1
      ) is distinct from f.epoch)
    union
    select n.position
    from ${invalidation} i
    cross join unnest(i.digests) as c (digest)
    join (
      select t.digest, t.position from unnest(tag_digests, positions) as t (digest, position)
      union all
      select k.digest, k.position::integer from unnest(key_digests) with ordinality as k (digest, position)
      union all
      select everything, f.position::integer from unnest(versions) with ordinality as f (version, position)
    ) n on n.digest = c.digest
    where i.version > oldest
      and versions[n.position] >= 0
      and i.version > versions[n.position]
      and not (i.auto_only and n.position = any (exempt))
  );
end
$stale_fills$;`)
    this.addSql(`
create or replace function ${takeLease}(digest uuid, own uuid, millis double precision) returns boolean
language plpgsql volatile ${SETTINGS} as $take_lease$
begin
  insert into ${lease} as l (key_digest, holder, expires_at)
  values (digest, own, clock_timestamp() + millis * interval '1 millisecond')
  on conflict (key_digest) do update set holder = excluded.holder, expires_at = excluded.expires_at
  where l.holder = own or l.expires_at < clock_timestamp();
  return found;
end
$take_lease$;`)
    // The first misses of an empty cache find a version to note.
    this.addSql(`
select ${invalidate}(0, '', '{}', '{00000000-0000-0000-0000-000000000000}', null, false, 0, null)
where not exists (select from ${invalidation});`)
  }

  override down(): void {
    const schema = this.config.get("schema") || "public"
    for (const name of FUNCTIONS) {
      this.addSql(
        `drop function if exists "${schema}"."caching_postgres_${name}";`
      )
    }
    for (const name of TABLES) {
      this.addSql(
        `drop table if exists "${schema}"."caching_postgres_${name}";`
      )
    }
  }
}
