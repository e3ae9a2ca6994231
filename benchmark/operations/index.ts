import { floor, jsonParse, lookup } from "./baselines"
import { getHitInBusyShop } from "./busy-shop"
import { clear400, clearOne, clearUnknown } from "./clears"
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
  trace,
  "get-hit-busy-shop": getHitInBusyShop,
  floor,
  lookup,
  "json-parse": jsonParse,
}
