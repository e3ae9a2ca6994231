import {
  Entity,
  Index,
  PrimaryKey,
  Property,
  Unique,
} from "@medusajs/framework/mikro-orm/core"
import { NAMES } from "../sql/statement"

// Functions, since MikroORM writes into the options that it is given.
const column = (columnType: string, type = columnType) => ({ columnType, type })
const bigint = () => column("bigint")
const boolean = () => column("boolean")
const text = () => column("text")
const time = () => column("timestamptz", "datetime")
const uuid = () => column("uuid")

/** A cached value under a key of a namespace. */
@Entity({ tableName: NAMES.entry })
export class CachingPostgresEntry {
  @PrimaryKey(text()) namespace!: string
  /** Digest of namespace and key. */
  @PrimaryKey(uuid()) key_digest!: string
  /**
   * Changes with every `set`, and grows: the number of the transaction, and a position in it. Tags and options refer
   * to it, so that none outlives its entry.
   */
  @Property(bigint())
  @Unique({ name: "caching_postgres_entry_id_unique" })
  id!: string
  /** The id that the last `set` replaced, by which its tags and options are removed. */
  @Property({ ...bigint(), nullable: true }) previous_id!: string | null
  @Property({ ...time(), defaultRaw: "statement_timestamp()" })
  created_at!: Date
  /** `infinity` for an entry that never expires. */
  @Property(time())
  @Index({ name: "caching_postgres_entry_expires_at_index" })
  expires_at!: Date
  /** As a JSON string; compared on every read. */
  @Property(text()) key!: string
  /** As a JSON array; look-ups use the digests. */
  @Property(text()) tags!: string
  @Property(text()) data!: string
}

/** Links a tag to an entry that has it. */
@Entity({ tableName: NAMES.tag })
export class CachingPostgresEntryTag {
  /** Digest of namespace and tag. */
  @PrimaryKey(uuid()) tag_digest!: string
  /** The id of an entry. */
  @PrimaryKey(bigint())
  @Index({ name: "caching_postgres_entry_tag_id_index" })
  id!: string
}

/** The options of an entry, where they differ from the default. */
@Entity({ tableName: NAMES.option })
export class CachingPostgresEntryOption {
  /** The id of the entry. */
  @PrimaryKey({ ...bigint(), autoincrement: false }) id!: string
  /** Whether a change in the shop's data may remove the entry. */
  @Property(boolean()) auto_invalidate!: boolean
}

/** An invalidation record: keys or tags were cleared. Kept for some minutes (docs/consistency.md). */
@Entity({ tableName: NAMES.invalidation })
export class CachingPostgresInvalidation {
  /** The number of the transaction that recorded it: records are committed in this order. */
  @PrimaryKey({ ...bigint(), autoincrement: false }) version!: string
  /**
   * Changes when records may have been lost: when the server starts, or the table was emptied as after a crash.
   * Versions of different epochs are not comparable.
   */
  @Property(bigint()) epoch!: string
  /** Digests of namespace and key or tag; one of its own for everything. */
  @Property(column("uuid[]", "array")) digests!: string[]
  /** Whether entries set with `autoInvalidate: false` were left alone. */
  @Property(boolean()) auto_only!: boolean
  /** The namespace, while a large clear still has entries to remove. */
  @Property({ ...text(), nullable: true })
  @Index({
    name: "caching_postgres_invalidation_removing_index",
    // Partial: nearly always empty.
    expression: "where removing_from is not null",
  })
  removing_from!: string | null
  /** Whether all entries of the namespace are to be removed. */
  @Property({ ...boolean(), default: false }) removing_all!: boolean
  @Property({ ...time(), defaultRaw: "clock_timestamp()" }) created_at!: Date
}

/** What all processes with the same namespace reported within a minute; kept for 8 days. */
@Entity({ tableName: NAMES.minute })
export class CachingPostgresMinute {
  /** When it began, by the server's clock. */
  @PrimaryKey(time()) minute!: Date
  @PrimaryKey(text()) namespace!: string
  /** Including those of the near cache. */
  @Property(bigint()) hits!: string
  @Property(bigint()) near_hits!: string
  @Property(bigint()) misses!: string
  @Property(bigint()) sets!: string
  /** Entries that were cleared, expired or evicted. */
  @Property(bigint()) removed!: string
}

/** A process that has read within the last minutes, and its near cache as it last reported it. */
@Entity({ tableName: NAMES.process })
export class CachingPostgresProcess {
  @PrimaryKey(text()) namespace!: string
  /** Drawn when the process started. */
  @PrimaryKey(uuid()) id!: string
  /** Host and number, for people. */
  @Property(text()) name!: string
  /** Medusa's; unknown outside of a shop. */
  @Property({ ...text(), nullable: true }) worker_mode!: string | null
  @Property(time()) started_at!: Date
  /** By the server's clock. */
  @Property(time()) reported_at!: Date
  /** Whether the near cache is in use. */
  @Property(boolean()) is_listening!: boolean
  @Property(bigint()) entries!: string
  @Property(bigint()) bytes!: string
  @Property(bigint()) max_bytes!: string
  /** Of the near cache, since the process started. */
  @Property(bigint()) hits!: string
  /** Of the whole cache by this process. */
  @Property(bigint()) reads!: string
}

/** One process loads the value of this key, the others wait; only with the option `lease`. */
@Entity({ tableName: NAMES.lease })
export class CachingPostgresLease {
  /** Digest of namespace and key. */
  @PrimaryKey(uuid()) key_digest!: string
  /** Which process loads: a number of its own, drawn when it started. */
  @Property(uuid()) holder!: string
  /** By the server's clock; a lease that has ended may be taken by another process. */
  @Property(time()) expires_at!: Date
}

/** The list of servers that this one belongs to, for each namespace; only with the option `database.servers`. */
@Entity({ tableName: NAMES.server })
export class CachingPostgresServer {
  @PrimaryKey(text()) namespace!: string
  /** This server's own. */
  @Property(text()) name!: string
  /** Grows with every change of the list. */
  @Property(bigint()) generation!: string
  /** Which servers hold keys, separated by commas. */
  @Property(text()) names!: string
  /** Which servers are about to. */
  @Property({ ...text(), nullable: true }) next_names!: string | null
}

/** What the last run of the sweep did: a single row. */
@Entity({ tableName: NAMES.sweep })
export class CachingPostgresSweep {
  @PrimaryKey({ ...boolean(), default: true }) only_row!: boolean
  @Property(time()) began_at!: Date
  @Property(column("double precision", "double")) seconds!: number
  @Property(bigint()) expired!: string
  @Property(bigint()) evicted!: string
  /** Ids without an entry whose tags were removed. */
  @Property(bigint()) orphans!: string
}
