import { existsSync } from "node:fs"
import { join } from "node:path"
import { CommandError } from "../errors"
import { canLoadTypeScript } from "./typescript"

/** The name that Medusa's own commands look for, without its extension. */
export const CONFIG = "medusa-config"

/**
 * Makes sure that the folder has a configuration, and that Node can load it.
 *
 * @throws {CommandError} when there is none, or it cannot be loaded
 */
export function requireConfigFile(folder: string): void {
  const has = (extension: string) =>
    existsSync(join(folder, `${CONFIG}.${extension}`))
  if (!has("ts") && !has("js")) {
    throw new CommandError(
      `no ${CONFIG}.ts or .js in this folder: run it in the shop's folder, or give --database-url`,
      { code: "usage" }
    )
  }
  // Also where the configuration is JavaScript: it may name modules that are not.
  if (!canLoadTypeScript(folder) && !has("js")) {
    throw new CommandError(
      `${CONFIG}.ts needs ts-node, by which Medusa loads it, too: install it, run this in the folder that "medusa build" made, or give --database-url`,
      { code: "usage" }
    )
  }
}
