/**
 * Seconds beyond which an entry counts as living for ever: about 3,170 years. PostgreSQL's
 * timestamps end in the year 294276, so a larger number could not be added to the present.
 */
const LONGEST_FINITE_TTL_SECONDS = 1e11

/**
 * Reads a time to live.
 *
 * @returns seconds; `Infinity` for 0, for `Infinity` and for anything too large to be a date;
 *   a negative number stays negative; `undefined` when it is not a TTL at all.
 */
export function parseTtl(ttl: unknown): number | undefined {
  const seconds = typeof ttl === "string" && ttl.trim() ? Number(ttl) : ttl
  if (typeof seconds !== "number" || Number.isNaN(seconds)) {
    return undefined
  }
  if (seconds === 0 || seconds > LONGEST_FINITE_TTL_SECONDS) {
    return Infinity
  }
  return seconds
}
