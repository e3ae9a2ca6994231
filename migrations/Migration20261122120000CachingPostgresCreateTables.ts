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

/** Where more was cleared since a miss, looking through it would take longer than a load: the set is refused. */
const MOST_STAMPS = 2_000

/** In any other level the queries of a function share one snapshot, from before the lock. */
const REQUIRE_READ_COMMITTED = `
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the cache needs the isolation level read committed, got %',
      current_setting('transaction_isolation');
  end if;`.trimStart()

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
    const stamp = `"${schema}"."caching_postgres_stamp"`
    const stampNames = `"${schema}"."caching_postgres_stamp_names"`
    const lateFills = `"${schema}"."caching_postgres_late_fills"`
    const idSequence = `"${schema}"."caching_postgres_entry_id_seq"`

    // Not "identity": PostgreSQL 15 makes the sequence of an unlogged table unlogged, too, and it
    // would start again at 1 after a crash, though ids must never be used twice.
    // Taken a thousand at a time: taking some writes WAL, for which the commit then waits, though
    // nothing else that a set writes does.
    this.addSql(
      `create sequence if not exists ${idSequence} as bigint cache 1000;`
    )

    this.addSql(`
create unlogged table if not exists ${entry} (
  id bigint not null default nextval('${idSequence}'),
  previous_id bigint,
  created_at timestamptz not null default statement_timestamp(),
  expires_at timestamptz not null,
  key uuid not null,
  namespace text collate "C" not null,
  name text not null,
  tags text not null,
  data text not null,
  constraint caching_postgres_entry_pkey primary key (namespace, key),
  constraint caching_postgres_entry_id_unique unique (id)
) with (${TABLE_SETTINGS},
  toast.autovacuum_vacuum_scale_factor = 0.05,
  toast.autovacuum_vacuum_threshold = 1000
);`)
    this.addSql(`alter sequence ${idSequence} owned by ${entry}.id;`)
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
  tag uuid not null,
  constraint caching_postgres_entry_tag_pkey primary key (tag, id)
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
create unlogged table if not exists ${stamp} (
  at bigint not null,
  names uuid[] not null,
  automatic boolean not null,
  era integer not null,
  stamped_at timestamptz not null default clock_timestamp(),
  constraint caching_postgres_stamp_pkey primary key (at)
) with (${TABLE_SETTINGS});`)

    // Functions, since each of their queries sees what was committed before that query: here after the lock
    // was granted. The queries within one statement all see what was committed before the statement.
    // docs/consistency.md says what depends on it.
    this.addSql(`
create or replace function ${stampNames}(lock bigint, names uuid[], spares boolean)
returns bigint
language plpgsql volatile as $stamp_names$
declare
  own bigint;
  newest bigint;
  newest_era integer;
begin
  ${REQUIRE_READ_COMMITTED}
  perform pg_advisory_xact_lock(lock);
  own := pg_current_xact_id()::text::bigint;
  select s.at, s.era into newest, newest_era from ${stamp} s order by s.at desc limit 1;
  if newest >= own then
    -- It has come with a dump from another cluster, and would hide all others.
    delete from ${stamp} s where s.at >= own;
    newest_era := null;
  end if;
  insert into ${stamp} (at, names, automatic, era)
  values (own, names, spares, coalesce(newest_era, (random() * 2147483647)::integer));
  return (select count(*) from ${tag} t where t.tag = any (names));
end
$stamp_names$;`)
    this.addSql(`
create or replace function ${lateFills}(
  lock bigint,
  tags uuid[],
  positions integer[],
  keys uuid[],
  everything uuid,
  ats bigint[],
  eras integer[],
  spared integer[]
) returns integer[]
language plpgsql volatile as $late_fills$
declare
  newest bigint;
  newest_era integer;
  oldest bigint;
begin
  ${REQUIRE_READ_COMMITTED}
  perform pg_advisory_xact_lock_shared(lock);
  select s.at, s.era into newest, newest_era from ${stamp} s order by s.at desc limit 1;
  if newest = all (ats) and newest_era = all (eras) then
    return '{}';
  end if;
  oldest := (select min(f.at) from unnest(ats) as f (at) where f.at >= 0);
  if (select count(*) from (select from ${stamp} s where s.at > oldest limit ${MOST_STAMPS} + 1) n) > ${MOST_STAMPS} then
    return array(
      select f.position::integer from unnest(ats) with ordinality as f (at, position) where f.at >= 0);
  end if;
  return array(
    select f.position::integer
    from unnest(ats, eras) with ordinality as f (at, era, position)
    where f.at >= 0
      and (select s.era from ${stamp} s where s.at <= f.at order by s.at desc limit 1)
        is distinct from f.era
    union
    select n.position
    from ${stamp} s
    cross join unnest(s.names) as c (name)
    join (
      select t.name, t.position from unnest(tags, positions) as t (name, position)
      union all
      select k.name, k.position::integer from unnest(keys) with ordinality as k (name, position)
      union all
      select everything, f.position::integer from unnest(ats) with ordinality as f (at, position)
    ) n on n.name = c.name
    where s.at > oldest
      and ats[n.position] >= 0
      and s.at > ats[n.position]
      and not (s.automatic and n.position = any (spared))
  );
end
$late_fills$;`)
  }

  override down(): void {
    const schema = this.config.get("schema") || "public"

    this.addSql(
      `drop function if exists "${schema}"."caching_postgres_late_fills";`
    )
    this.addSql(
      `drop function if exists "${schema}"."caching_postgres_stamp_names";`
    )
    this.addSql(`drop table if exists "${schema}"."caching_postgres_stamp";`)
    this.addSql(`drop table if exists "${schema}"."caching_postgres_sweep";`)
    this.addSql(
      `drop table if exists "${schema}"."caching_postgres_entry_option";`
    )
    this.addSql(
      `drop table if exists "${schema}"."caching_postgres_entry_tag";`
    )
    // The sequence goes with the column that owns it, or by itself after an interrupted start.
    this.addSql(`drop table if exists "${schema}"."caching_postgres_entry";`)
    this.addSql(
      `drop sequence if exists "${schema}"."caching_postgres_entry_id_seq";`
    )
  }
}
