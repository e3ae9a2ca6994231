import type { ResolvedOptions } from "../options"
import type { Database } from "./database"
import { CommandError } from "./errors"
import { shellWord } from "./format"
import { listOtherNamespaces } from "./sql/list-other-namespaces"

const MOST_NAMED = 20

/**
 * Says which namespaces there are where the one asked for has no entries, and others have.
 *
 * @param mustExist as where `--namespace` names it: it is misspelt, or empty, which nothing tells apart
 * @throws {CommandError} when it must exist
 */
export async function checkNamespace(
  database: Database,
  { namespace }: ResolvedOptions,
  note: (line: string) => void,
  mustExist: boolean
): Promise<void> {
  const others = await database.run<{ namespace: string }>(
    listOtherNamespaces,
    [namespace, MOST_NAMED]
  )
  if (others.length === 0) {
    return
  }
  const namespaces = others.map((other) => other.namespace)
  const message = `no entries in namespace ${shellWord(namespace)}; namespaces with entries: ${namespaces.map(shellWord).join(", ")}`
  if (mustExist) {
    throw new CommandError(message, { code: "unknown-namespace", namespaces })
  }
  note(`note: ${message}`)
}
