import { randomBytes } from "node:crypto"
import { connectPostgres } from "./index"
import { dropDatabase, urlOfDatabase, withClient } from "./server"

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** Any number, the same in every process that prepares a database. */
const PREPARATION_LOCK = 4_701_551

/** @throws when Jest's global set-up of the integration project has not run */
export function testServerUrl(): string {
  const url = process.env.TEST_SERVER_URL
  if (!url) {
    throw new Error(
      "TEST_SERVER_URL is not set: Jest's global set-up of the integration project provides it"
    )
  }
  return url
}

/** An empty database of its own for a spec file, on the server of the run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await connectPostgres(testServerUrl())
  const url = await server.createDatabase()
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  return { url, drop: () => server.dropDatabase(name) }
}

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
  await withClient(serverUrl, async (client) => {
    // Held until the connection ends. It also keeps the original from being copied twice at the same time.
    await client.query("select pg_advisory_lock($1)", [PREPARATION_LOCK])
    const { rowCount } = await client.query(
      "select from pg_database where datname = $1",
      [original]
    )
    if (!rowCount) {
      await dropDatabase(client, unfinished)
      await client.query(`create database ${unfinished} template template0`)
      await prepare(urlOfDatabase(serverUrl, unfinished))
      await client.query(`alter database ${unfinished} rename to ${original}`)
    }
    await client.query(`create database ${name} template ${original}`)
  })
  return {
    url: urlOfDatabase(serverUrl, name),
    drop: () => withClient(serverUrl, (client) => dropDatabase(client, name)),
  }
}
