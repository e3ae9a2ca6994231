/**
 * What a set does where its key is taken: everything is replaced, and the row remembers which id
 * it had. Belongs behind `insert into … as e`.
 */
export const REPLACE_ENTRY = `
  on conflict (namespace, key_digest) do update set
    previous_id = e.id,
    id = excluded.id,
    key = excluded.key,
    data = excluded.data,
    tags = excluded.tags,
    created_at = excluded.created_at,
    expires_at = excluded.expires_at`.trimStart()
