import { readFile } from "node:fs/promises"
import path from "node:path"
import { startPostgres } from "../integration-tests/support/postgres"
import {
  buildAdmin,
  CacheTables,
  CONFIG_WITHOUT_REDIS,
  createShopFolder,
  migrateShop,
  recordStatements,
  seedShop,
  startShop,
  type RunningShop,
  WITH_ADMIN,
} from "../integration-tests/support/shop"
import type { Cleanup } from "../integration-tests/support/cleanup"
import { count, type Narrator } from "./narrator"
import { ObservedShop } from "./observed-shop"

export interface Scene {
  readonly observed: ObservedShop
  readonly shop: RunningShop
  /** The database itself, past the recorder. */
  readonly databaseUrl: string
}

/**
 * From nothing to a seeded shop that runs.
 *
 * @param withAdmin whether it has an admin, which takes a minute to build
 */
export async function setScene(
  narrator: Narrator,
  cleanup: Cleanup,
  withAdmin: boolean
): Promise<Scene> {
  const server = await narrator.during(
    "Starting an embedded PostgreSQL",
    async (tell) => {
      const started = await startPostgres({ onProgress: tell })
      cleanup.add(() => started.stop())
      return started
    }
  )

  const folder = await narrator.during(
    "Making a Medusa shop of examples/without-redis, with this package as npm would pack it",
    async () => {
      const made = await createShopFolder(CONFIG_WITHOUT_REDIS)
      cleanup.add(() => made.remove())
      return made
    }
  )
  const packages = path.join(folder.directory, "node_modules")
  narrator.say(
    `            Medusa ${await version(packages, "@medusajs/medusa")}, medusa-caching-postgres ` +
      `${await version(packages, "medusa-caching-postgres")}, PostgreSQL ${Math.floor(server.versionNum / 10_000)}`
  )

  const databaseUrl = await server.createDatabase("shop")
  await narrator.during(
    "medusa db:migrate: makes the tables of the shop and of the cache",
    async (tell) => {
      const modules = new Set<string>()
      tell("loading Medusa")
      await migrateShop(folder, databaseUrl, (line) => {
        const [, module] = /MODULE: (\w+)/.exec(line) ?? []
        if (module) {
          tell(`${count(modules.add(module).size, "module")} so far`)
        } else if (line.includes("Migrations completed")) {
          tell(
            `all ${modules.size} modules, now the links between them and Medusa's own scripts`
          )
        }
      })
    }
  )
  await narrator.during(
    "medusa exec seed: 12 products with 3 variants and 6 prices each",
    () => seedShop(folder, databaseUrl)
  )

  if (withAdmin) {
    await narrator.during(
      "medusa build: the admin, with the page of the cache in it",
      () => buildAdmin(folder, databaseUrl)
    )
  }

  const recorder = await recordStatements(databaseUrl)
  cleanup.add(() => recorder.stop())
  const tables = await CacheTables.open(databaseUrl)
  cleanup.add(() => tables.close())

  const shop = await narrator.during("medusa start", async () => {
    const env = withAdmin ? WITH_ADMIN : {}
    const started = await startShop(folder, { databaseUrl: recorder.url, env })
    cleanup.add(() => started.stop())
    return started
  })

  return {
    observed: new ObservedShop(shop, tables, recorder),
    shop,
    databaseUrl,
  }
}

async function version(packages: string, name: string): Promise<string> {
  const text = await readFile(path.join(packages, name, "package.json"), "utf8")

  return (JSON.parse(text) as { version: string }).version
}
