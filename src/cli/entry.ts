import { ago, duration, shellWord, size, table } from "./format"

/** An entry as people and scripts are told of it. */
export interface EntryFacts {
  readonly key: string
  readonly setAt: Date
  /** `null`: never. */
  readonly expiresAt: Date | null
  /** Negative once it has expired; `null`: for ever. */
  readonly secondsLeft: number | null
  readonly expired: boolean
  /** Of its value as JSON. */
  readonly bytes: number
  /** Of its row as it is stored, compressed. */
  readonly storedBytes: number
}

/** As `sql/entry-columns.ts` names them. */
export interface EntryRow {
  readonly key: string
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly seconds_left: number | null
  readonly bytes: number
  readonly stored_bytes: number
}

export function entryFacts(row: EntryRow): EntryFacts {
  return {
    key: JSON.parse(row.key) as string,
    setAt: row.created_at,
    expiresAt: row.expires_at,
    secondsLeft: row.seconds_left,
    expired: row.seconds_left !== null && row.seconds_left <= 0,
    bytes: row.bytes,
    storedBytes: row.stored_bytes,
  }
}

/** For how long the entry is served yet. */
export function timeLeft({ expired, secondsLeft }: EntryFacts): string {
  if (secondsLeft === null) {
    return "for ever"
  }
  return expired ? `expired ${ago(-secondsLeft)}` : duration(secondsLeft)
}

/** Entries as a table. Its keys are such that `get` takes them, unless they are cut to `width`. */
export function entryTable(
  entries: readonly EntryFacts[],
  width: number | undefined
): string[] {
  const now = Date.now()
  return table(
    ["Key", "Size", "Set", "Time left"],
    entries.map((entry) => [
      shellWord(entry.key),
      size(entry.bytes),
      ago((now - entry.setAt.getTime()) / 1000),
      timeLeft(entry),
    ]),
    ["left", "right", "left", "left"],
    width
  )
}
