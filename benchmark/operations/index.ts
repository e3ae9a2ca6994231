import { floor, jsonParse, look, lookup, traceFloor } from "./baselines"
import { getHitInBusyShop } from "./busy-shop"
import { clearTogether, getBesideClears } from "./clear-together"
import { clear400, clearOne, clearUnknown } from "./clears"
import { fillMissed, fillOther } from "./fills"
import { invalidation } from "./invalidation"
import type { OperationName } from "./names"
import type { Operation } from "./operation"
import { getByTag, getHit, getMiss } from "./reads"
import { trace } from "./trace"
import { overwrite, setNew } from "./writes"

export { OPERATIONS, type OperationName } from "./names"
export type { Context, Order } from "./operation"

export const operations: Record<OperationName, Operation> = {
  "get-hit": getHit,
  "get-miss": getMiss,
  "get-by-tag": getByTag,
  "set-new": setNew,
  overwrite,
  "clear-unknown": clearUnknown,
  "clear-one": clearOne,
  "clear-400": clear400,
  fill: fillMissed,
  "unguarded-fill": fillOther,
  trace,
  "get-hit-busy-shop": getHitInBusyShop,
  floor,
  lookup,
  "json-parse": jsonParse,
  look,
  "trace-floor": traceFloor,
  invalidation,
  "invalidation-busy": invalidation,
  "clear-together": clearTogether,
  "get-beside-clears": getBesideClears,
}
