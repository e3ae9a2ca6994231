import {
  ENTRY,
  ENTRY_OPTION,
  ENTRY_TAG,
  INVALIDATE,
  INVALIDATION,
  IS_INVALIDATED,
  MINUTE,
  REMOVE_INVALIDATED,
  STALE_FILLS,
  SWEEP,
} from "../../../sql/statement"
import { readMissingRights } from "../../sql/read-missing-rights"
import type { Check } from "../check"
import { ok, problem } from "../finding"

/** What a shop that runs needs; migrations need more. As in docs/least-privilege.sql. */
const NEEDED: Record<string, readonly string[]> = {
  [ENTRY]: ["select", "insert", "update", "delete"],
  [ENTRY_TAG]: ["select", "insert", "delete"],
  [ENTRY_OPTION]: ["select", "insert", "delete"],
  [SWEEP]: ["select", "insert", "update"],
  [INVALIDATION]: ["select", "insert", "update", "delete"],
  [MINUTE]: ["select", "insert", "update", "delete"],
  [INVALIDATE]: ["execute"],
  [IS_INVALIDATED]: ["execute"],
  [REMOVE_INVALIDATED]: ["execute"],
  [STALE_FILLS]: ["execute"],
}

export const rightsCheck: Check = async ({ database, options, tables }) => {
  if (tables.length === 0) {
    return []
  }
  const needed = Object.entries(NEEDED).flatMap(([name, rights]) =>
    rights.map((right) => [name, right] as const)
  )
  const missing = await database.run<{ remedy: string }>(readMissingRights, [
    options.database.schema,
    needed.map(([name]) => name),
    needed.map(([, right]) => right),
  ])
  if (missing.length === 0) {
    return [ok("the role may do all that the cache does")]
  }
  return [
    problem(
      "the role lacks rights on the tables",
      `As their owner: ${missing.map(({ remedy }) => `${remedy};`).join(" ")}`
    ),
  ]
}
