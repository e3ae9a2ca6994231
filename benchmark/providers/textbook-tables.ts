/** Normal form, foreign keys, an index for each way rows are looked for. */
export const TEXTBOOK_TABLES = `
create table if not exists entry (
  key text primary key,
  data text not null,
  auto_invalidate boolean not null,
  expires_at timestamptz not null
);
create table if not exists tag (
  id bigint generated always as identity primary key,
  name text not null unique
);
create table if not exists entry_tag (
  tag_id bigint not null references tag on delete cascade,
  entry_key text not null references entry on delete cascade,
  primary key (tag_id, entry_key)
);
create index if not exists entry_tag_entry_key_index on entry_tag (entry_key);
`
