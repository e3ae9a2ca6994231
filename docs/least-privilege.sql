-- The privileges that the running cache needs, for a role that does not own its tables.
--
-- Two names are to be filled in: :"role", the role by which the shop connects (or option
-- database.clientUrl does), and :"schema", where the tables are (option database.schema; "public"
-- where nothing else is configured). psql does it:
--
--   psql -v role=shop -v schema=public -f least-privilege.sql <the database's URL>
--
-- and so does a text editor. To be run by the owner of the tables, once they are there.
--
-- `medusa db:migrate` needs more: create on the schema (or on the database, where the schema is
-- still missing), ownership of the tables, and Medusa's ledger of migrations. Let the owner run it,
-- and this file again after each migration.
--
-- Every role may connect to a database and take advisory locks (by which one process is elected to
-- sweep, and clears and sets take turns), unless that was revoked from public.

grant usage on schema :"schema" to :"role";

-- Update also stands for the row locks by which clears and sweeps keep out of each other's way.
grant select, insert, update, delete on table :"schema".caching_postgres_entry to :"role";
grant select, insert, update, delete on table :"schema".caching_postgres_entry_tag to :"role";
grant select, insert, update, delete on table :"schema".caching_postgres_entry_option to :"role";

-- One row: what the last sweep did.
grant select, insert, update on table :"schema".caching_postgres_sweep to :"role";

-- What was cleared in the last minutes: clears write it, reads and sets look there, the sweep removes what is old.
grant select, insert, update, delete on table :"schema".caching_postgres_invalidation to :"role";

-- What all processes read and set, minute by minute: they add to it, stats reads it, the sweep removes what is old.
grant select, insert, update, delete on table :"schema".caching_postgres_minute to :"role";

-- The near cache of each process: it reports it, stats reads it, the sweep removes that of processes that are gone.
grant select, insert, update, delete on table :"schema".caching_postgres_process to :"role";

-- Which process loads a missing value (option lease): a miss takes a lease, a set ends it, the sweep removes old ones.
grant select, insert, update, delete on table :"schema".caching_postgres_lease to :"role";

-- Which servers hold the cache together (option database.servers): every process reads it, and one that finds a server
-- that it does not know takes that out of use.
grant select, insert, update on table :"schema".caching_postgres_server to :"role";

-- Every role may execute a function, unless that was revoked from public; then these are needed.
grant execute on function :"schema".caching_postgres_invalidate to :"role";
grant execute on function :"schema".caching_postgres_is_invalidated to :"role";
grant execute on function :"schema".caching_postgres_remove_invalidated to :"role";
grant execute on function :"schema".caching_postgres_stale_fills to :"role";
grant execute on function :"schema".caching_postgres_take_lease to :"role";
