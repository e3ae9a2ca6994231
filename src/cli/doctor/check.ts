import type { Client } from "@medusajs/framework/pg"
import type { ResolvedOptions } from "../../options"
import type { Database } from "../database"

export interface Result {
  readonly status: "ok" | "warning" | "problem"
  readonly message: string
  /** What to do, unless all is well. */
  readonly advice?: string
}

/** A result under the name of its check. */
export interface Finding extends Result {
  readonly check: string
}

/** @returns its results; none if there is nothing to examine */
export type Check = (subject: Subject) => Found | Promise<Found>
type Found = Result | Result[]

/** What a check examines. */
export interface Subject {
  readonly options: ResolvedOptions
  readonly database: Database
  /** Those of the cache's tables that exist. */
  readonly tables: readonly TableState[]
  /** Opens another connection, which is closed after the check. */
  readonly connect: () => Promise<Client>
}

/** A table as `readTables` of `sql/catalog.ts` returns it. */
export interface TableState {
  readonly name: string
  /** "p" for logged, "u" for unlogged. */
  readonly persistence: string
  readonly options: readonly string[]
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly nullable: boolean
    readonly hasDefault: boolean
  }[]
  readonly indexes: readonly {
    readonly name: string
    readonly columns: readonly string[]
    readonly primary: boolean
    readonly unique: boolean
    readonly partial: boolean
    readonly valid: boolean
  }[]
  /** From the server's statistics. */
  readonly live_rows: number
  readonly dead_rows: number
  readonly last_vacuum: Date | null
}

export function ok(message: string): Result {
  return { status: "ok", message }
}

/** The cache works, but not as it should, or not for long. */
export function warning(message: string, advice: string): Result {
  return { status: "warning", message, advice }
}

/** The cache does not work, or loses what it must keep. */
export function problem(message: string, advice: string): Result {
  return { status: "problem", message, advice }
}
