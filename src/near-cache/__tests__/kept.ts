import type { NearCacheSettings } from "../../options"
import type { Copies, ReadEntry } from "../copies"

export const ROOMY: NearCacheSettings = {
  maxBytes: 1024 * 1024,
  ttl: 60,
  share: false,
}

export function keep(
  copies: Copies,
  key: string,
  value: unknown,
  { id = `id of ${key}`, seconds = 60, tags = [] as string[] } = {}
): void {
  const read = copies.beginRead()
  copies.keep(read, key, {
    ...entry(id, JSON.stringify(value), tags),
    seconds,
  })
  copies.end(read)
}

export function entry(
  id: string,
  json: string,
  tags: string[] = []
): ReadEntry {
  return { id, json, tags: JSON.stringify(tags), seconds: 60 }
}
