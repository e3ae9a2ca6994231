import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { CachingPostgresOptions } from "../../../src"

const run = promisify(execFile)

/** Migrates, or reverts, as a shop with these registrations of the provider would. */
export async function migrate(
  action: "run" | "revert",
  shop: { clientUrl: string; schema?: string },
  ...registrations: CachingPostgresOptions[]
): Promise<void> {
  const moduleOptions = {
    database: { ...shop, driverOptions: {} },
    providers: (registrations.length > 0 ? registrations : [{}]).map(
      (options, index) => ({ id: `cache-${index}`, options })
    ),
  }
  await run(process.execPath, [
    join(__dirname, "migration-process.cjs"),
    action,
    JSON.stringify(moduleOptions),
  ])
}
