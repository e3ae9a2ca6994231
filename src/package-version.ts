import { readFileSync } from "node:fs"

/** The version of this package, which finds itself by its name both as source and built. */
export function packageVersion(): string {
  const path = require.resolve("medusa-caching-postgres/package.json")
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version
}
