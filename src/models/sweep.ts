import {
  Entity,
  PrimaryKey,
  Property,
} from "@medusajs/framework/mikro-orm/core"
import { SWEEP } from "../sql/statement"

/** What the last run of the sweep did: a single row, for those who watch. */
@Entity({ tableName: SWEEP })
export class CachingPostgresSweep {
  @PrimaryKey({ columnType: "boolean", type: "boolean", default: true })
  only_row!: boolean

  @Property({ columnType: "timestamptz", type: "datetime" })
  began_at!: Date

  @Property({ columnType: "double precision", type: "double" })
  seconds!: number

  /** Entries whose time was over. */
  @Property({ columnType: "bigint", type: "bigint" })
  expired!: string

  /** Entries removed because a limit was exceeded. */
  @Property({ columnType: "bigint", type: "bigint" })
  evicted!: string

  /** Ids without an entry whose tags were removed. */
  @Property({ columnType: "bigint", type: "bigint" })
  orphans!: string
}
