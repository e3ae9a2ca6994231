import { statement } from "../../sql/statement"

/**
 * Whether this connection can write, and where it cannot, the statement that allows it: where the setting comes from
 * says which (https://www.postgresql.org/docs/current/view-pg-settings.html).
 */
export const readWritability = statement(
  "read_writability",
  () => `
select pg_is_in_recovery() as standby,
  current_setting('transaction_read_only')::boolean as read_only,
  case s.source
    when 'database' then format('alter database %I reset %s', current_database(), s.name)
    when 'user' then format('alter role %I reset %s', session_user, s.name)
    when 'database user' then format('alter role %I in database %I reset %s', session_user, current_database(), s.name)
    when 'configuration file' then format('alter system set %s = off; select pg_reload_conf()', s.name)
  end as remedy
from pg_settings s
where s.name = 'default_transaction_read_only'
`
)
