import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { usageError } from "../errors"

/** The name that Medusa's own commands look for, without its extension. */
export const CONFIG = "medusa-config"

/** The interface of `ts-node` and `tsconfig-paths`. */
interface Hook {
  register(options: { transpileOnly?: boolean }): unknown
}

/**
 * Makes sure that the folder has a configuration, and that Node can load it.
 *
 * @throws {CommandError} when there is none, or Node cannot load it
 */
export function requireConfigFile(folder: string): void {
  const has = (extension: string) =>
    existsSync(join(folder, `${CONFIG}.${extension}`))
  if (!has("ts") && !has("js")) {
    throw usageError(
      `no ${CONFIG}.ts or .js in this folder: run it in the shop's folder, or give --database-url`
    )
  }
  // Also for a configuration in JavaScript, which may name modules in TypeScript.
  if (!registerTypeScript(folder) && !has("js")) {
    throw usageError(
      `${CONFIG}.ts needs ts-node, by which Medusa loads it, too: install it, run this in the folder that "medusa build" made, or give --database-url`
    )
  }
}

/**
 * Makes Node load TypeScript as Medusa's command line does (`@medusajs/cli/cli.js`): with the shop's own ts-node, the
 * paths of its tsconfig, and no type check.
 *
 * @returns whether the shop has ts-node
 */
function registerTypeScript(folder: string): boolean {
  const requireOfShop = createRequire(join(folder, "package.json"))
  const hook = (name: string) => requireOfShop(name) as Hook
  try {
    hook("ts-node").register({ transpileOnly: true })
  } catch {
    return false
  }
  try {
    hook("tsconfig-paths").register({})
  } catch {
    // Medusa does without, too.
  }
  return true
}
