import { mkdir, rename, writeFile } from "node:fs/promises"
import path from "node:path"
import type { OnLine } from "./child"
import type { ShopFolder } from "./shop-folder"

/** What a shop needs in its environment to serve its admin. */
export const WITH_ADMIN = { DISABLE_MEDUSA_ADMIN: "false" }

/** A part of the texts; the rest stays English. */
const GERMAN = { Cache: "Zwischenspeicher", title: "Der Zwischenspeicher" }

/** Runs `medusa build` for the admin, with the page of this package in it, as a shop does before it is deployed. */
export async function buildAdmin(
  shop: ShopFolder,
  databaseUrl: string,
  onLine?: OnLine
): Promise<void> {
  const at = (...parts: string[]) => path.join(shop.directory, ...parts)
  // The command asks for one, and compiles nothing with it here.
  const tsconfig = {
    files: ["medusa-config.js"],
    compilerOptions: { allowJs: true },
  }
  await writeFile(at("tsconfig.json"), JSON.stringify(tsconfig))
  // As a shop translates texts of a plugin.
  await mkdir(at("src", "admin", "i18n"), { recursive: true })
  const german = { de: { cachingPostgres: GERMAN } }
  await writeFile(
    at("src", "admin", "i18n", "index.js"),
    `export default ${JSON.stringify(german)}`
  )
  const options = { databaseUrl, env: WITH_ADMIN, onLine }
  await shop.mustRun(["build", "--admin-only"], options)
  await mkdir(at("public"), { recursive: true })
  await rename(at(".medusa", "admin"), at("public", "admin"))
}
