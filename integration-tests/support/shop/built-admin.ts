import { mkdir, rename, writeFile } from "node:fs/promises"
import path from "node:path"
import type { OnLine } from "./child"
import type { ShopFolder } from "./shop-folder"

/** What a shop needs in its environment to serve its admin. */
export const WITH_ADMIN = { SHOP_ADMIN: "on" }

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
  const options = { databaseUrl, env: WITH_ADMIN, onLine }
  await shop.mustRun(["build", "--admin-only"], options)
  await mkdir(at("public"), { recursive: true })
  await rename(at(".medusa", "admin"), at("public", "admin"))
}
