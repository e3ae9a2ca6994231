import type { Pool } from "@medusajs/framework/pg"
import type { ICachingProviderService } from "@medusajs/framework/types"

/** A caching provider as Medusa would run it, and what a benchmark needs beside that. */
export interface ProviderUnderTest {
  readonly cache: ICachingProviderService
  /** The shop's own pool, for a provider that works on it. */
  readonly shopPool?: Pool
  /** Empties the cache, at any cost. */
  empty(): Promise<void>
  /** Tidies up after filling, as the server itself would within minutes. */
  settle(): Promise<void>
  close(): Promise<void>
}
