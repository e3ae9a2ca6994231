import {
  Entity,
  PrimaryKey,
  PrimaryKeyProp,
  Property,
} from "@medusajs/framework/mikro-orm/core"
import { MINUTE } from "../sql/statement"

/** What all processes that share a namespace have counted and reported within a minute; kept for 8 days. */
@Entity({ tableName: MINUTE })
export class CachingPostgresMinute {
  [PrimaryKeyProp]?: ["minute", "namespace"]

  /** Its beginning, by the server's clock. */
  @PrimaryKey({ columnType: "timestamptz", type: "datetime" })
  minute!: Date

  @PrimaryKey({ columnType: "text", type: "text" })
  namespace!: string

  /** Those of the near cache among them. */
  @Property({ columnType: "bigint", type: "bigint" })
  hits!: string

  @Property({ columnType: "bigint", type: "bigint" })
  near_hits!: string

  @Property({ columnType: "bigint", type: "bigint" })
  misses!: string

  @Property({ columnType: "bigint", type: "bigint" })
  sets!: string

  /** Entries that were cleared, expired or evicted. */
  @Property({ columnType: "bigint", type: "bigint" })
  removed!: string
}
