import { createHash } from "node:crypto"
import type { Tables } from "./tables"

export interface Statement {
  /** What it does, in a word or two, for those who watch. */
  readonly summary: string
  /** The name it is prepared under, once a connection. */
  readonly name: string
  readonly text: string
}

/** Names are cut by PostgreSQL after 63 bytes. */
const FINGERPRINT_LENGTH = 8

/**
 * Makes a statement that is written once and bound to a schema later. Its name carries a
 * fingerprint of its text, so that two versions of this package never meet under one name behind a
 * pooler that shares server connections.
 */
export function statement(
  name: string,
  write: (tables: Tables) => string
): (tables: Tables) => Statement {
  return (tables) => {
    const text = write(tables).trim()
    const fingerprint = createHash("sha256")
      .update(text)
      .digest("hex")
      .slice(0, FINGERPRINT_LENGTH)
    return {
      summary: name,
      name: `caching_postgres_${name}_${fingerprint}`,
      text,
    }
  }
}
