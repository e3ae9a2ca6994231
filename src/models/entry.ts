import {
  Entity,
  Index,
  PrimaryKey,
  PrimaryKeyProp,
  Property,
  Unique,
} from "@medusajs/framework/mikro-orm/core"
import { ENTRY } from "../sql/statement"

/** A cached value under a key of a namespace. */
@Entity({ tableName: ENTRY })
export class CachingPostgresEntry {
  [PrimaryKeyProp]?: ["namespace", "key_digest"]

  @PrimaryKey({ columnType: "text", type: "text" })
  namespace!: string

  /** Digest of namespace and key. */
  @PrimaryKey({ columnType: "uuid", type: "uuid" })
  key_digest!: string

  /**
   * Changes with every `set`, and grows: the number of the transaction, and a position in it. Tags and options refer
   * to it, so that none outlives its entry.
   */
  @Property({ columnType: "bigint", type: "bigint" })
  @Unique({ name: "caching_postgres_entry_id_unique" })
  id!: string

  /** The id that the last `set` replaced, by which its tags and options are removed. */
  @Property({ columnType: "bigint", type: "bigint", nullable: true })
  previous_id!: string | null

  @Property({
    columnType: "timestamptz",
    type: "datetime",
    defaultRaw: "statement_timestamp()",
  })
  created_at!: Date

  /** `infinity` for an entry that never expires. */
  @Property({ columnType: "timestamptz", type: "datetime" })
  @Index({ name: "caching_postgres_entry_expires_at_index" })
  expires_at!: Date

  /** The key itself, as a JSON string; compared on every read. */
  @Property({ columnType: "text", type: "text" })
  key!: string

  /** The tags as a JSON array of strings, for people; look-ups go by the digests. */
  @Property({ columnType: "text", type: "text" })
  tags!: string

  /** The value as JSON. */
  @Property({ columnType: "text", type: "text" })
  data!: string
}
