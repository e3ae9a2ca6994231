import { statement } from "./statement"

/**
 * Whether any entry has any of the tags. Most clears are for tags that nothing has; asking first
 * takes a third of the time of a removal that finds nothing.
 *
 * $1 uuid[] tag digests. Gives one row, or none.
 */
export const findTagged = statement(
  "find_tagged",
  ({ tag }) => `
select from ${tag} t where t.tag = any((select $1::uuid[])::uuid[]) limit 1
`
)
