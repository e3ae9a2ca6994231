import {
  Entity,
  PrimaryKey,
  Property,
} from "@medusajs/framework/mikro-orm/core"
import { ENTRY_OPTION } from "../sql/statement"

/** The option flags of an entry, where they differ from the default. */
@Entity({ tableName: ENTRY_OPTION })
export class CachingPostgresEntryOption {
  /** The id of the entry. */
  @PrimaryKey({ columnType: "bigint", type: "bigint", autoincrement: false })
  id!: string

  /** Whether a change in the shop's data may remove the entry. */
  @Property({ columnType: "boolean", type: "boolean" })
  auto_invalidate!: boolean
}
