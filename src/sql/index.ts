import { notify } from "./fragments"
import {
  getByKey,
  getByKeys,
  getByKeysWithDetails,
  getByKeyWithDetails,
  probe,
} from "./get-by-key"
import { getByTags } from "./get-by-tags"
import {
  invalidate,
  newestVersion,
  removeInvalidated,
  sweepInvalidations,
} from "./invalidate"
import { measureSize } from "./measure"
import { removeOutdated, setEntries, setEntry, setMissedEntry } from "./set"
import { sweepLeases } from "./lease"
import {
  type Features,
  NO_FEATURES,
  type Statement,
  tablesIn,
} from "./statement"
import { addToMinute, readStats, sweepMinutes } from "./stats"
import {
  evictOldest,
  findOrphanedOptions,
  findOrphanedTags,
  recordSweep,
  removeOrphans,
  sweepExpired,
} from "./sweep"

const all = {
  getByKey,
  getByKeyWithDetails,
  getByKeys,
  getByKeysWithDetails,
  notify,
  getByTags,
  setEntry,
  setMissedEntry,
  removeOutdated,
  setEntries,
  invalidate,
  removeInvalidated,
  newestVersion,
  sweepInvalidations,
  sweepExpired,
  findOrphanedTags,
  findOrphanedOptions,
  recordSweep,
  addToMinute,
  sweepMinutes,
  sweepLeases,
  removeOrphans,
  probe,
  measureSize,
  evictOldest,
  readStats,
}

/** Every statement of the service, bound to a schema. */
export type Statements = { readonly [name in keyof typeof all]: Statement }

export function statementsFor(
  schema: string,
  features: Features = NO_FEATURES
): Statements {
  const tables = tablesIn(schema)
  return Object.fromEntries(
    Object.entries(all).map(([name, bind]) => [name, bind(tables, features)])
  ) as Statements
}

export { EVERYTHING } from "./fragments"
export { MOST_TAGGED_BYTES, MOST_TAGGED_ENTRIES } from "./get-by-tags"
export * from "./statement"
