import { createRequire } from "node:module"
import { join } from "node:path"

interface TsNode {
  register(options: { transpileOnly: boolean }): unknown
}

interface TsconfigPaths {
  loadConfig(
    folder: string
  ):
    | { resultType: "success"; absoluteBaseUrl: string; paths: object }
    | { resultType: "failed" }
  register(options: { baseUrl: string; paths: object }): unknown
}

/**
 * Makes Node load TypeScript as Medusa's command line does (`@medusajs/cli/cli.js`): by the shop's own
 * ts-node, and with the paths of its tsconfig. Types are the editor's matter, so they are not checked.
 *
 * @returns whether it could
 */
export function canLoadTypeScript(folder: string): boolean {
  const requireOfShop = createRequire(join(folder, "package.json"))
  try {
    const tsNode = requireOfShop("ts-node") as TsNode
    tsNode.register({ transpileOnly: true })
  } catch {
    return false
  }
  try {
    registerPaths(requireOfShop("tsconfig-paths") as TsconfigPaths, folder)
  } catch {
    // Medusa does without, too.
  }
  return true
}

/** Only where there are some: it would complain of a tsconfig without. */
function registerPaths(tsconfigPaths: TsconfigPaths, folder: string): void {
  const config = tsconfigPaths.loadConfig(folder)
  if (config.resultType === "success") {
    tsconfigPaths.register({
      baseUrl: config.absoluteBaseUrl,
      paths: config.paths,
    })
  }
}
