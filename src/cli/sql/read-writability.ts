import { statement } from "../../sql/statement"

/**
 * Whether this connection can write, and where it cannot, the statement that allows it: where the setting comes from
 * says which (https://www.postgresql.org/docs/current/view-pg-settings.html).
 */
export const readWritability = statement(
  "read_writability",
  () => `
select pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only')::boolean as read_only,
  case s.source
    when 'database' then pg_catalog.format('alter database %I reset %s', pg_catalog.current_database(), s.name)
    when 'user' then pg_catalog.format('alter role %I reset %s', session_user, s.name)
    when 'database user' then pg_catalog.format('alter role %I in database %I reset %s', session_user, pg_catalog.current_database(), s.name)
    when 'configuration file' then pg_catalog.format('alter system set %s = off; select pg_catalog.pg_reload_conf()', s.name)
  end as remedy
from pg_settings s
where s.name = 'default_transaction_read_only'
`
)
