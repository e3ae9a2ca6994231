import { type Features, statement, type Tables } from "./statement"

/** Condition of a read by key: the entry `e` is live, or its TTL ended less than the grace ago. */
export function isKept({ graceSeconds }: Features): string {
  const grace = graceSeconds > 0 ? ` - interval '${graceSeconds} seconds'` : ""
  return `e.expires_at > pg_catalog.statement_timestamp()${grace}`
}

/** Whether reads by key give a column more, which says who loads the value. */
export function giveLeases({ sharedLeases, graceSeconds }: Features): boolean {
  return sharedLeases || graceSeconds > 0
}

/**
 * Takes the lease of a key, or finds that another process holds it. Without leases that all processes share, it is for
 * this process to decide.
 *
 * @param keyDigest an expression
 */
export function takeLease(
  { takeLease: take }: Tables,
  { sharedLeases }: Features,
  keyDigest: string
): string {
  return sharedLeases ? `${take}(${keyDigest}, $3::uuid, $4::float8)` : "true"
}

/** A step of a set: the leases of these keys end. */
export function releaseLeases(
  { lease }: Tables,
  { sharedLeases }: Features,
  keyDigests: string
): string {
  return sharedLeases
    ? `, released as (
  delete from ${lease} l where l.key_digest = any(${keyDigests})
)`
    : ""
}

/** Removes leases that have ended without a set. */
export const sweepLeases = statement(
  "sweep_leases",
  ({ lease }) => `
delete from ${lease} l where l.expires_at < pg_catalog.clock_timestamp()
`
)
