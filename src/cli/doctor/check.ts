import type { Client } from "@medusajs/framework/pg"
import type { ResolvedOptions } from "../../options"
import type { Database } from "../database"
import type { Result } from "./finding"
import type { TableState } from "./table-state"

/** What a check may look at. */
export interface Patient {
  readonly options: ResolvedOptions
  readonly database: Database
  /** The cache's tables as far as there are any. */
  readonly tables: readonly TableState[]
  /** A further connection, which is closed after the check. */
  readonly connect: () => Promise<Client>
}

/** @returns what it found; nothing where there is nothing to look at */
export type Check = (patient: Patient) => Promise<Result[]> | Result[]
