import type { Database } from "./database"
import { ago, duration, shellWord, size, table } from "./format"
import { countKeyed } from "./sql/entries"

/** An entry as `sql/entries.ts` selects it and `--json` prints it. */
export interface Entry {
  readonly key: string
  readonly setAt: Date
  /** `null`: never. */
  readonly expiresAt: Date | null
  /** Negative once it has expired; `null`: no limit. */
  readonly secondsLeft: number | null
  readonly expired: boolean
  /** Of its value as JSON. */
  readonly bytes: number
  /** Of its row as stored, compressed. */
  readonly storedBytes: number
}

/** @param rows with their keys as canonical names */
export function readKeys<Row extends Entry>(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, key: JSON.parse(row.key) as string }))
}

export function timeLeft({ expired, secondsLeft }: Entry): string {
  if (secondsLeft === null) {
    return "no limit"
  }
  return expired ? `expired ${ago(-secondsLeft)}` : duration(secondsLeft)
}

/** @param width columns of the terminal; keys are cut to fit, and else such that `get` takes them */
export function entryTable(
  entries: readonly Entry[],
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

/**
 * The key that an argument means: itself if it has an entry or is no JSON string, else what the string says. `list`
 * prints keys that no argument can hold as JSON strings.
 */
export async function keyOfArgument(
  database: Database,
  argument: string
): Promise<string> {
  const { namespace } = database
  const which = [namespace, false, database.keyDigest(argument)]
  if (
    !argument.startsWith('"') ||
    (await database.count(countKeyed, which)) > 0
  ) {
    return argument
  }
  try {
    return JSON.parse(argument) as string
  } catch {
    return argument
  }
}
