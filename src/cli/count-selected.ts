import { canonicalName } from "../digests"
import { Digester } from "../digests"
import type { Database } from "./database"
import type { Selection } from "./selection"
import { countKeyed } from "./sql/count-keyed"
import { countNamespace } from "./sql/count-namespace"
import { countTagged } from "./sql/count-tagged"

/**
 * How many entries a clear of the selection would remove now, expired ones among them.
 *
 * @param autoOnly without those set with `autoInvalidate: false`
 */
export async function countSelected(
  database: Database,
  namespace: string,
  selection: Selection,
  autoOnly: boolean
): Promise<number> {
  const digests = new Digester(namespace)
  const ask = async (
    ...[statement, parameters]: Parameters<Database["run"]>
  ): Promise<number> => {
    const [row] = await database.run<{ entries: number }>(statement, parameters)
    return row!.entries
  }
  switch (selection.kind) {
    case "key": {
      const digest = digests.key(canonicalName(selection.key))
      return ask(countKeyed, [namespace, digest, autoOnly])
    }
    case "tags": {
      const tags = selection.tags.map((tag) => digests.tag(tag))
      return ask(countTagged, [namespace, tags, autoOnly])
    }
    case "all":
      return ask(countNamespace, [namespace])
  }
}
