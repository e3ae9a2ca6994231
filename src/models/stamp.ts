import {
  Entity,
  PrimaryKey,
  Property,
} from "@medusajs/framework/mikro-orm/core"
import { STAMP } from "../sql/tables"

/** That keys or tags were cleared, and when; kept for some minutes (docs/consistency.md). */
@Entity({ tableName: STAMP })
export class CachingPostgresStamp {
  /** The number of the transaction that stamped: stamps are committed in its order. */
  @PrimaryKey({ columnType: "bigint", type: "bigint", autoincrement: false })
  at!: string

  /** Digests of namespace and key or tag; one of its own for everything. */
  @Property({ columnType: "uuid[]", type: "array" })
  names!: string[]

  /** Whether entries set with `autoInvalidate: false` were spared. */
  @Property({ columnType: "boolean", type: "boolean" })
  automatic!: boolean

  /** Drawn anew whenever the table was empty, as after a crash: positions from before count for nothing. */
  @Property({ columnType: "integer", type: "integer" })
  era!: number

  @Property({
    columnType: "timestamptz",
    type: "datetime",
    defaultRaw: "clock_timestamp()",
  })
  stamped_at!: Date
}
