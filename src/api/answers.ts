/** What the routes answer. The page in the admin has its types from here, so this file imports nothing. */

export type Period = "hour" | "day" | "week"
export type Order = "newest" | "oldest" | "largest"

export interface Registration {
  /** As in `medusa-config`. */
  readonly id: string
  readonly namespace: string
  readonly is_default: boolean
}

export interface Counts {
  readonly hits: number
  readonly misses: number
  readonly sets: number
  /** Entries that were cleared, expired or evicted. */
  readonly removed: number
}

export interface Usage extends Counts {
  /** 0 to 1; null without a read. */
  readonly hit_rate: number | null
}

/** The near cache of a process, as that has reported it. */
export interface ReportedNearCache {
  /** Of the process, drawn when it started. */
  readonly id: string
  /** Host and number of the process. */
  readonly process: string
  /** Medusa's. */
  readonly worker_mode: string | null
  /** When the process started. */
  readonly started_at: string
  readonly reported_at: string
  /** Whether it is in use: announcements arrive. */
  readonly is_listening: boolean
  readonly entries: number
  readonly bytes: number
  readonly max_bytes: number
  /** Of the near cache, since the process started. */
  readonly hits: number
  /** By the process, from the near cache or the table. */
  readonly reads: number
}

export interface TopTag {
  readonly tag: string
  readonly entries: number
}

export interface TopProduct extends TopTag {
  readonly id: string
  /** null where the shop has no such product any more. */
  readonly title: string | null
}

/** What the database says. */
export interface Contents {
  readonly entries: number
  /** Below 100 `entries` is an estimate. */
  readonly counted_percent: number
  readonly bytes: number
  /** Below 100 `bytes`, `oldest_entry` and the tags are estimates. */
  readonly sampled_percent: number
  readonly oldest_entry: string | null
  /** On disk, with indexes, of all namespaces. */
  readonly table_bytes: number
  readonly last_hour: Usage
  readonly last_day: Usage
  readonly top_tags: readonly TopTag[]
  readonly top_products: readonly TopProduct[]
  /** Of all processes that have read within the last minutes. */
  readonly near_caches: readonly ReportedNearCache[]
  readonly last_sweep: {
    readonly at: string
    readonly seconds: number
    readonly expired: number
    readonly evicted: number
    readonly orphans: number
  } | null
}

export interface Cache extends Registration {
  /** `reads_only`: writes fail, so sets are dropped and clears wait. */
  readonly state: "on" | "reads_only" | "off"
  readonly since: string
  /** Why it is not on. */
  readonly reason: string | null
  /** Keys and tags whose clears wait for the database. */
  readonly pending_clears: number
  /** null: no limit. */
  readonly limits: {
    readonly entries: number | null
    readonly bytes: number | null
    readonly entry_bytes: number
  }
  /** Of the process that answers. */
  readonly near_cache: {
    readonly is_listening: boolean
    readonly entries: number
    readonly bytes: number
    readonly max_bytes: number
    readonly hits: number
  } | null
  /** null while the database cannot be asked. */
  readonly contents: Contents | null
}

/** GET /admin/caching-postgres */
export interface OverviewAnswer {
  readonly providers: readonly Registration[]
  /** null where none of the providers is this package's, or caching is off. */
  readonly cache: Cache | null
  /** Whether a cached value may be asked for. */
  readonly values: boolean
}

/** GET /admin/caching-postgres/usage */
export interface UsageAnswer {
  readonly period: Period
  readonly step_seconds: number
  /** Oldest first, without gaps. */
  readonly usage: readonly (Counts & { readonly at: string })[]
}

export interface Entry {
  readonly key: string
  readonly set_at: string
  /** null: it never expires. */
  readonly expires_at: string | null
  readonly seconds_left: number | null
  readonly expired: boolean
  /** Of JSON. */
  readonly bytes: number
  readonly stored_bytes: number
}

/** GET /admin/caching-postgres/entries and POST /admin/caching-postgres/entries/search */
export interface EntriesAnswer {
  readonly entries: readonly Entry[]
  /** Of all that match, listed or not. */
  readonly count: number
  /** What a search found them by. */
  readonly found_by?: "key" | "tag"
}

/** POST /admin/caching-postgres/entries/details */
export interface DetailsAnswer {
  readonly entry: Entry & {
    readonly tags: readonly string[]
    readonly auto_invalidate: boolean
    /** Only if it was asked for. */
    readonly value?: unknown
  }
}

/** POST /admin/caching-postgres/clear */
export interface ClearAnswer {
  /** How many entries there were; null where the database could not be asked. */
  readonly matched: number | null
  /** Whether the clear waits for the database. Nothing that it concerns is served meanwhile. */
  readonly pending: boolean
}

/** POST /admin/caching-postgres/sweep */
export interface SweepAnswer {
  /** Whether it was this process that swept; false: another process was sweeping. */
  readonly elected: boolean
  readonly expired: number
  readonly evicted: number
}

/** GET /admin/caching-postgres/doctor */
export interface DoctorAnswer {
  readonly findings: readonly {
    readonly check: string
    readonly status: "ok" | "warning" | "problem"
    readonly message: string
    /** What to do, unless all is well. */
    readonly advice?: string
  }[]
}
