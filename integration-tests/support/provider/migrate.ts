import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { CachingPostgresOptions } from "../../../src"

const run = promisify(execFile)

/**
 * Migrates, or reverts, as a shop with these registrations of the provider would.
 *
 * @returns what it complained of
 */
export async function migrate(
  action: "run" | "revert",
  shop: { clientUrl: string; schema?: string },
  ...registrations: CachingPostgresOptions[]
): Promise<string> {
  const moduleOptions = {
    database: { ...shop, driverOptions: {} },
    providers: (registrations.length > 0 ? registrations : [{}]).map(
      (options, index) => ({ id: `cache-${index}`, options })
    ),
  }
  const { stderr } = await run(process.execPath, [
    join(__dirname, "migration-process.cjs"),
    action,
    JSON.stringify(moduleOptions),
  ])
  return stderr
}
