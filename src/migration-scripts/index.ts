import { join } from "node:path"
import { ModulesSdkUtils } from "@medusajs/framework/utils"
import { withMigrationLock } from "./migration-lock"
import { followLogged } from "./persistence"
import { migrationTargets, type ScriptInput } from "./targets"

/** Beside `src` in the repository, and beside `dist/src` in the package. */
const PATH_TO_MIGRATIONS = join(__dirname, "..", "..", "migrations")

const scripts = {
  moduleName: "caching",
  pathToMigrations: PATH_TO_MIGRATIONS,
}

type Migrated = { name: string; path: string }

/**
 * Called by `medusa db:migrate`: makes the tables wherever a registration of the provider wants them, logged or
 * unlogged.
 */
export async function runMigrations(input: ScriptInput): Promise<Migrated[]> {
  const run = ModulesSdkUtils.buildMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<Migrated[] | undefined>
  const migrated: Migrated[] = []
  for (const target of await targetsOf(input)) {
    migrated.push(
      // Medusa 2.11 returns nothing.
      ...((await withMigrationLock(target, input.logger, async () => {
        const result = await run({ ...input, options: target.options })
        await followLogged(target, input.logger)
        return result
      })) ?? [])
    )
  }
  return migrated
}

/** Called by `medusa db:rollback caching`. */
export async function revertMigration(input: ScriptInput): Promise<void> {
  const revert = ModulesSdkUtils.buildRevertMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<void>
  for (const target of await targetsOf(input)) {
    await withMigrationLock(target, input.logger, () =>
      revert({ ...input, options: target.options })
    )
  }
}

/**
 * Called by `medusa db:generate`. The package brings its migrations; Medusa's own script would write
 * new ones into the shop's `node_modules`. That models and migrations agree is tested.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- Medusa expects a promise
export async function generateMigration({
  logger,
}: ScriptInput): Promise<void> {
  logger?.info(
    "[caching-postgres] Skipped. The package brings its migrations; there is nothing to generate."
  )
}

function targetsOf(input: ScriptInput): ReturnType<typeof migrationTargets> {
  return migrationTargets(input.options ?? {}, {
    runMigrations,
  })
}
