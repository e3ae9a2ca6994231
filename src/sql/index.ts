import { evictOldest } from "./evict-oldest"
import { findOrphanedOptions, findOrphanedTags } from "./find-orphans"
import { notify } from "./announce"
import {
  getByKey,
  getByKeys,
  getByKeysWithDetails,
  getByKeyWithDetails,
} from "./get-by-key"
import { getByTags } from "./get-by-tags"
import {
  invalidate,
  newestVersion,
  removeInvalidated,
  sweepInvalidations,
} from "./invalidate"
import { measureSize } from "./measure-size"
import { addToMinute, sweepMinutes } from "./minutes"
import { probe } from "./probe"
import { readStats } from "./read-stats"
import { recordSweep } from "./record-sweep"
import { removeOrphans } from "./remove-orphans"
import { removeOutdated } from "./remove-outdated"
import { setEntries } from "./set-entries"
import { setEntry, setMissedEntry } from "./set-entry"
import type { Statement } from "./statement"
import { sweepExpired } from "./sweep-expired"
import { tablesIn } from "./tables"

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
  removeOrphans,
  probe,
  measureSize,
  evictOldest,
  readStats,
}

/** Every statement of the service, bound to a schema. */
export type Statements = { readonly [name in keyof typeof all]: Statement }

export function statementsFor(schema: string): Statements {
  const tables = tablesIn(schema)
  return Object.fromEntries(
    Object.entries(all).map(([name, bind]) => [name, bind(tables)])
  ) as Statements
}

export { EVERYTHING } from "./announce"
export { MOST_TAGGED_BYTES, MOST_TAGGED_ENTRIES } from "./get-by-tags"
export { advisoryLock } from "./advisory-lock"
export type { Statement } from "./statement"
export * from "./tables"
