import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { usageError } from "./errors"
import { CONFIG, type Shop } from "./shop"

/** The interface of `ts-node` and `tsconfig-paths`; only the latter has `loadConfig`. */
interface Hook {
  register(options: { transpileOnly?: boolean }): unknown
  loadConfig(folder: string): { resultType: "success" | "failed" }
}

/** @throws {OperatorError} unless the folder has a configuration that can be loaded */
export async function openShop(folder: string): Promise<Shop> {
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
  // Loads Medusa's framework, which --help must not need.
  const { loadShop } = await import("./load-shop.js")
  return loadShop(folder)
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
    const paths = hook("tsconfig-paths")
    // Without a tsconfig it would print a warning.
    if (paths.loadConfig(folder).resultType === "success") {
      paths.register({})
    }
  } catch {
    // Medusa does without, too.
  }
  return true
}
