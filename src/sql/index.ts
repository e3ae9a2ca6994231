import { createHash } from "node:crypto"
import * as gets from "./get"
import * as clears from "./invalidate"
import * as servers from "./servers"
import * as sets from "./set"
import * as stats from "./stats"
import { type Features, type Statement, tablesIn } from "./statement"
import * as sweeps from "./sweep"

/** These files export nothing but statements, each as a function of the tables. */
const ALL = {
  ...gets,
  ...sets,
  ...clears,
  ...sweeps,
  ...stats,
  ...servers,
}
/** Names are cut by PostgreSQL after 63 bytes. */
const FINGERPRINT_LENGTH = 8

/** Every statement of the service, bound to a schema. */
export type Statements = { readonly [name in keyof typeof ALL]: Statement }

export function statementsFor(schema: string, features?: Features): Statements {
  const tables = tablesIn(schema, features)
  return Object.fromEntries(
    Object.entries(ALL).map(([name, write]) => [
      name,
      named(name, write(tables).trim()),
    ])
  ) as Statements
}

/**
 * The name carries a fingerprint of the text, so that two versions of this package never meet under one name behind a
 * pooler that shares server connections.
 */
function named(camelCase: string, text: string): Statement {
  const summary = camelCase.replaceAll(/[A-Z]/g, "_$&").toLowerCase()
  const digest = createHash("sha256").update(text).digest("hex")
  const fingerprint = digest.slice(0, FINGERPRINT_LENGTH)
  return { summary, name: `caching_postgres_${summary}_${fingerprint}`, text }
}

export { ALL_IDS, MAX_TAGGED_BYTES, MAX_TAGGED_ENTRIES } from "./fragments"
export * from "./statement"
