import {
  Entity,
  PrimaryKey,
  PrimaryKeyProp,
  Property,
} from "@medusajs/framework/mikro-orm/core"
import { STAMP } from "../sql/tables"

/** That a key or tag was cleared, and when; kept for some minutes (docs/consistency.md). */
@Entity({ tableName: STAMP })
export class CachingPostgresStamp {
  [PrimaryKeyProp]?: ["at", "name", "automatic"]

  /** The number of the transaction that stamped: stamps are committed in its order. */
  @PrimaryKey({ columnType: "bigint", type: "bigint" })
  at!: string

  /** Digest of namespace and key or tag; one of its own for everything. */
  @PrimaryKey({ columnType: "uuid", type: "uuid" })
  name!: string

  /** Whether entries set with `autoInvalidate: false` were spared. */
  @PrimaryKey({ columnType: "boolean", type: "boolean" })
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
