import {
  Entity,
  Index,
  PrimaryKey,
  PrimaryKeyProp,
} from "@medusajs/framework/mikro-orm/core"
import { ENTRY_TAG } from "../sql/statement"

/** Links a tag to an entry that has it. */
@Entity({ tableName: ENTRY_TAG })
export class CachingPostgresEntryTag {
  [PrimaryKeyProp]?: ["tag_digest", "id"]

  /** Digest of namespace and tag. */
  @PrimaryKey({ columnType: "uuid", type: "uuid" })
  tag_digest!: string

  /** The id of the entry. */
  @PrimaryKey({ columnType: "bigint", type: "bigint" })
  @Index({ name: "caching_postgres_entry_tag_id_index" })
  id!: string
}
