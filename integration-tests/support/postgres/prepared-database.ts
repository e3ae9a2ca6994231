import { Client } from "@medusajs/framework/pg"
import { randomBytes } from "node:crypto"
import type { TestDatabase } from "./test-database"

/** Any number, the same in every process that prepares a database. */
const PREPARATION_LOCK = 4_701_551

/**
 * Creates a copy of a database that takes long to prepare. The first caller on a server prepares the original.
 *
 * @param original its name, at most 52 bytes; it must change with what goes into the database, as a server may outlive a run
 */
export async function copyPreparedDatabase(
  serverUrl: string,
  original: string,
  prepare: (url: string) => Promise<unknown>
): Promise<TestDatabase> {
  const name = `copy_${randomBytes(6).toString("hex")}`
  const unfinished = `${original}_unfinished`
  await onServer(serverUrl, async (client) => {
    // Held until the connection ends. It also keeps the original from being copied twice at the same time.
    await client.query("select pg_advisory_lock($1)", [PREPARATION_LOCK])
    const { rowCount } = await client.query(
      "select from pg_database where datname = $1",
      [original]
    )
    if (!rowCount) {
      await dropDatabase(client, unfinished)
      await client.query(`create database ${unfinished} template template0`)
      await prepare(databaseUrl(serverUrl, unfinished))
      await client.query(`alter database ${unfinished} rename to ${original}`)
    }
    await client.query(`create database ${name} template ${original}`)
  })
  return {
    url: databaseUrl(serverUrl, name),
    drop: () => onServer(serverUrl, (client) => dropDatabase(client, name)),
  }
}

async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${name} with (force)`)
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function onServer(
  serverUrl: string,
  work: (client: Client) => Promise<void>
): Promise<void> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
