import { clearByKeys } from "./clear-by-keys"
import { clearByTags } from "./clear-by-tags"
import { clearNamespace, newestId } from "./clear-namespace"
import { evictOldest } from "./evict-oldest"
import { findOrphanedOptions, findOrphanedTags } from "./find-orphans"
import { notify } from "./announce"
import { getByKey, getByKeyWithVersion } from "./get-by-key"
import { getByKeys, getByKeysWithVersions } from "./get-by-keys"
import { getByTags } from "./get-by-tags"
import { measureSize } from "./measure-size"
import { readStats } from "./read-stats"
import { recordSweep } from "./record-sweep"
import { removeOutdated } from "./remove-outdated"
import { setEntries } from "./set-entries"
import { setEntry, setMissedEntry } from "./set-entry"
import { newestStamp, stamp, sweepStamps } from "./stamp"
import type { Statement } from "./statement"
import { sweepExpired } from "./sweep-expired"
import { tablesIn } from "./tables"
import { tidy } from "./tidy"

const all = {
  getByKey,
  getByKeyWithVersion,
  getByKeys,
  getByKeysWithVersions,
  notify,
  getByTags,
  setEntry,
  setMissedEntry,
  removeOutdated,
  setEntries,
  stamp,
  newestStamp,
  sweepStamps,
  clearByTags,
  clearByKeys,
  newestId,
  clearNamespace,
  sweepExpired,
  findOrphanedTags,
  findOrphanedOptions,
  recordSweep,
  tidy,
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
export { advisoryLock } from "./advisory-lock"
export type { Statement } from "./statement"
export * from "./tables"
