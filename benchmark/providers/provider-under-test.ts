import type { Pool } from "@medusajs/framework/pg"
import type { ICachingProviderService } from "@medusajs/framework/types"

/** The copies that a provider keeps in the memory of its process. */
export interface Near {
  /** Resolves when it may answer a get: it begins to listen with the first one. */
  listens(): Promise<void>
  /** How many gets it has answered. */
  hits(): number
}

/** A caching provider as Medusa would run it, and what a benchmark needs beside that. */
export interface ProviderUnderTest {
  readonly cache: ICachingProviderService
  /** The shop's own pool, for a provider that works on it. */
  readonly shopPool?: Pool
  readonly near?: Near
  /**
   * Forgets what this process has missed. A shop sets most of what it misses; here are thousands of misses
   * that no set follows, and they would be held against the sets of the measurements after them.
   */
  forgetMisses?(): void
  /** Empties the cache, at any cost; to be called in every process. */
  empty(): Promise<void>
  /** Tidies up after filling, as the server itself would within minutes. */
  settle(): Promise<void>
  close(): Promise<void>
}
