import type { Tables } from "./statement"

/** Removes leases that have ended without a set. */
export const sweepLeases = ({ lease }: Tables): string => `
delete from ${lease} l where l.expires_at < pg_catalog.clock_timestamp()
`
