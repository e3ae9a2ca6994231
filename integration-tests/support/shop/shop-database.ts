import { Client } from "@medusajs/framework/pg"
import { createHash, randomBytes } from "node:crypto"
import type { OnLine } from "./child"
import type { ShopFolder } from "./shop-folder"

export const OWNER = {
  email: "owner@example.com",
  password: "correct horse battery staple",
}

/** Any number, the same in every process that prepares a shop's database. */
const PREPARATION_LOCK = 4_701_551

export interface ShopDatabase {
  readonly url: string
  drop(): Promise<void>
}

/**
 * Creates a database that `medusa db:migrate` and the seed have been through already. Both take long, so the first to ask
 * on a server does them, in a database that all later ones are copies of.
 */
export async function createShopDatabase(
  shop: ShopFolder,
  serverUrl = testServerUrl()
): Promise<ShopDatabase> {
  const name = `shop_${randomBytes(6).toString("hex")}`

  await onServer(serverUrl, async (client) => {
    // Held till the connection ends. It also keeps two copies of the original from being made at the same time.
    await client.query("select pg_advisory_lock($1)", [PREPARATION_LOCK])
    const original = await findOrPrepareOriginal(client, shop, serverUrl)
    await client.query(`create database ${name} template ${original}`)
  })

  return {
    url: databaseUrl(serverUrl, name),
    drop: () => onServer(serverUrl, (client) => dropDatabase(client, name)),
  }
}

export async function migrateShop(
  shop: ShopFolder,
  url: string,
  onLine?: OnLine
): Promise<void> {
  await shop.mustRun(["db:migrate", "--execute-safe-links"], {
    databaseUrl: url,
    onLine,
  })
}

export async function seedShop(
  shop: ShopFolder,
  url: string,
  onLine?: OnLine
): Promise<void> {
  await shop.mustRun(
    ["exec", "./src/scripts/seed.js", OWNER.email, OWNER.password],
    { databaseUrl: url, onLine }
  )
}

async function findOrPrepareOriginal(
  client: Client,
  shop: ShopFolder,
  serverUrl: string
): Promise<string> {
  // Named by what goes into it: on a server that outlives this run, an older original is never taken for this one.
  const original = `shop_original_${createHash("sha256")
    .update(await shop.fingerprint())
    .digest("hex")
    .slice(0, 16)}`
  const { rowCount } = await client.query(
    "select from pg_database where datname = $1",
    [original]
  )
  if (rowCount) {
    return original
  }

  const unfinished = `${original}_unfinished`
  await dropDatabase(client, unfinished)
  await client.query(`create database ${unfinished} template template0`)
  await migrateShop(shop, databaseUrl(serverUrl, unfinished))
  await seedShop(shop, databaseUrl(serverUrl, unfinished))
  await client.query(`alter database ${unfinished} rename to ${original}`)

  return original
}

async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${name} with (force)`)
}

function testServerUrl(): string {
  const url = process.env.TEST_SERVER_URL
  if (!url) {
    throw new Error(
      "TEST_SERVER_URL is not set: Jest's global set-up of the integration project provides it"
    )
  }

  return url
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`

  return url.href
}

async function onServer<T>(
  serverUrl: string,
  work: (client: Client) => Promise<T>
): Promise<T> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()

  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
