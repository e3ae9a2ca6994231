import {
  Entity,
  Index,
  PrimaryKey,
  Property,
} from "@medusajs/framework/mikro-orm/core"
import { INVALIDATION } from "../sql/statement"

/** A record that keys or tags were cleared; kept for some minutes (docs/consistency.md). */
@Entity({ tableName: INVALIDATION })
export class CachingPostgresInvalidation {
  /** The number of the transaction that recorded it: records are committed in this order. */
  @PrimaryKey({ columnType: "bigint", type: "bigint", autoincrement: false })
  version!: string

  /**
   * Changes when records may have been lost: when the server starts, or the table was emptied as after a crash. A
   * version from another epoch is not comparable.
   */
  @Property({ columnType: "bigint", type: "bigint" })
  epoch!: string

  /** Digests of namespace and key or tag; one of its own for everything. */
  @Property({ columnType: "uuid[]", type: "array" })
  digests!: string[]

  /** Whether entries set with `autoInvalidate: false` were left alone. */
  @Property({ columnType: "boolean", type: "boolean" })
  auto_only!: boolean

  /** The namespace, while entries are left that are to be removed: too many for one transaction. */
  @Property({ columnType: "text", type: "text", nullable: true })
  @Index({
    name: "caching_postgres_invalidation_removing_index",
    // Partial: nearly always empty.
    expression: "where removing_from is not null",
  })
  removing_from!: string | null

  /** Whether all entries of the namespace are to be removed. */
  @Property({ columnType: "boolean", type: "boolean", default: false })
  removing_all!: boolean

  @Property({
    columnType: "timestamptz",
    type: "datetime",
    defaultRaw: "clock_timestamp()",
  })
  created_at!: Date
}
