/**
 * What a near cache needs to know of an entry `e`: its id, which a set changes, the seconds it has left to
 * live, where a minute stands for more, and its tags.
 */
export const VERSION = `e.id::text,
  extract(epoch from least(e.expires_at, statement_timestamp() + interval '1 minute') - statement_timestamp())::text,
  e.tags`
