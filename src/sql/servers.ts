import { announceGone } from "./fragments"
import type { Tables } from "./statement"

/**
 * What a server knows of the list that it belongs to. $1 namespace. Gives its own name, the generation of the list, the
 * names of the servers that hold keys, and of those that are about to, or null; names are separated by commas.
 */
export const readServer = ({ server }: Tables): string => `
select s.name, s.generation::text, s.names, s.next_names from ${server} s where s.namespace = $1
`

/** Writes the same, unless it is there in a generation as new. Gives the generation if it was written. */
export const writeServer = ({ server }: Tables): string => `
insert into ${server} as s (namespace, name, generation, names, next_names)
values ($1, $2, $3::bigint, $4, $5)
on conflict (namespace) do update set
  name = excluded.name,
  generation = excluded.generation,
  names = excluded.names,
  next_names = excluded.next_names
where s.generation < excluded.generation
returning s.generation::text
`

/** Whether a process has used the namespace here in the last days. $1 namespace. Gives a row if so. */
export const findUse = ({ entry, minute }: Tables): string => `
select 1
where exists (select from (select from ${entry} e where e.namespace = $1 order by e.key_digest limit 1) one)
  or exists (select from (select from ${minute} m where m.namespace = $1 order by m.minute desc limit 1) one)
`

/** The server that holds an entry `s`; `src/servers/owners.ts` says the same of a key. */
const owner = (names: string) => `(
      select n.name from pg_catalog.unnest(pg_catalog.string_to_array(${names}::text, ',')) n (name)
      order by pg_catalog.sha256(pg_catalog.convert_to(
        n.name || ' ' || pg_catalog.replace(s.key_digest::text, '-', ''), 'UTF8')) desc
      limit 1
    )`

/**
 * Removes the entries that this server did not hold before a change of the list, or does not hold after it; a stretch of
 * ids at a time. What another server has held meanwhile may have been cleared there.
 *
 * $1 namespace, $2 continue after this id, $3 entries a stretch, $4 this server, $5 and $6 the servers before and after,
 * separated by commas, $7 channel to announce on, or null. Gives the last id of the stretch, no such row at the end; and
 * perhaps an empty text.
 */
export const removeMoved = ({ entry }: Tables): string => `
with stretch as materialized (
  select e.id, e.key_digest from ${entry} e
  where (e.namespace = $1) is true and e.id > $2::bigint
  order by e.id limit $3
), moved as materialized (
  select e.id
  from ${entry} e
  where e.id = any(array(
    select s.id from stretch s
    where ${owner("$5")} is distinct from $4::text
      or ${owner("$6")} is distinct from $4::text
  ))
  order by e.key_digest
  for update of e
), removed as (
  delete from ${entry} e where e.id = any(array(select m.id from moved m)) returning e.id
)
select pg_catalog.max(s.id)::text from stretch s having pg_catalog.count(*) > 0
union all
${announceGone("removed.id", "$7")}
`
