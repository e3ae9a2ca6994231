import { join } from "node:path"
import { ModulesSdkUtils } from "@medusajs/framework/utils"
import * as models from "../models"
import { withMigrationLock } from "./migration-lock"
import { migrationTargets, type ScriptInput } from "./targets"

/** Beside `src` in the repository, and beside `dist/src` in the package. */
const PATH_TO_MIGRATIONS = join(__dirname, "..", "..", "migrations")

const scripts = {
  moduleName: "caching",
  models: Object.values(models),
  pathToMigrations: PATH_TO_MIGRATIONS,
}

type Migrated = { name: string; path: string }

/** Called by `medusa db:migrate`: makes the tables wherever a registration of the provider wants them. */
export async function runMigrations(input: ScriptInput): Promise<Migrated[]> {
  const run = ModulesSdkUtils.buildMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<Migrated[]>
  const migrated: Migrated[] = []
  for (const target of await targetsOf(input)) {
    migrated.push(
      ...(await withMigrationLock(target, () =>
        run({ ...input, options: target.options })
      ))
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
    await withMigrationLock(target, () =>
      revert({ ...input, options: target.options })
    )
  }
}

/** Called by `medusa db:generate`; finds no change unless a model was edited. */
export async function generateMigration(input: ScriptInput): Promise<void> {
  const generate = ModulesSdkUtils.buildGenerateMigrationScript(scripts) as (
    input: ScriptInput
  ) => Promise<void>
  await generate(input)
}

function targetsOf(input: ScriptInput): ReturnType<typeof migrationTargets> {
  return migrationTargets(input.options ?? {}, {
    runMigrations,
  })
}
