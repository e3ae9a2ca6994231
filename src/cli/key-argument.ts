import { canonicalName } from "../digests"
import { Digester } from "../digests"
import type { Database } from "./database"
import { countKeyed } from "./sql/count-keyed"

/**
 * The key that an argument means: itself, or what it says as a JSON string, which is how `list` prints keys that
 * no argument can hold. An entry of the argument itself comes first.
 */
export async function keyOfArgument(
  database: Database,
  namespace: string,
  argument: string
): Promise<string> {
  const said = readJsonString(argument)
  if (said === undefined) {
    return argument
  }
  const [row] = await database.run<{ entries: number }>(countKeyed, [
    namespace,
    new Digester(namespace).key(canonicalName(argument)),
    false,
  ])
  return row!.entries > 0 ? argument : said
}

function readJsonString(text: string): string | undefined {
  if (!text.startsWith('"')) {
    return undefined
  }
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}
