import type { Tables } from "./tables"

/**
 * Part of a read: null, and at and era of the newest stamp as one text; no row while nothing was ever cleared.
 *
 * @param more further columns, as the read has them
 */
export function newestPosition({ stamp }: Tables, more: string): string {
  return `(select null, s.at || ' ' || s.era${more} from ${stamp} s order by s.at desc limit 1)`
}
