import type { Check } from "../check"
import { ok, problem } from "../finding"

export const indexValidityCheck: Check = ({ tables, options }) => {
  const indexes = tables.flatMap((table) => table.indexes)
  const invalid = indexes.filter(({ valid }) => !valid)
  if (invalid.length === 0) {
    return indexes.length > 0 ? [ok(`all ${indexes.length} valid`)] : []
  }
  return invalid.map(({ name }) =>
    problem(
      `the index ${name} is not valid: the server does not use it`,
      `reindex index concurrently "${options.database.schema}"."${name}";`
    )
  )
}
