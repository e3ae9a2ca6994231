import { randomBytes } from "node:crypto"
import { Client } from "@medusajs/framework/pg"

export interface PostgresServer {
  /** connection URL of the superuser to the maintenance database `postgres` */
  readonly url: string
  /** e.g. 180004 */
  readonly versionNum: number
  /** creates an empty database with a fresh (or the given) name and returns its URL */
  createDatabase(name?: string): Promise<string>
  dropDatabase(name: string): Promise<void>
  stop(): Promise<void>
}

/** Works on a connection of its own, so that nothing has to be closed later and nothing keeps a process alive. */
export async function withClient<Result>(
  url: string,
  work: (client: Client) => Promise<Result>
): Promise<Result> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
  })
  // Without a listener, a server that goes away in mid-query ends the process.
  client.on("error", () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** @returns the first column of each row */
export async function query(url: string, sql: string): Promise<unknown[]> {
  const { rows } = await withClient(url, (client) =>
    client.query<Record<string, unknown>>(sql)
  )
  return rows.map((row) => Object.values(row)[0])
}

export function urlOfDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

/** The operations on a server that answers at `url`; `stop` is what its source needs to end it. */
export async function openServer(
  url: string,
  stop: () => Promise<void>
): Promise<PostgresServer> {
  const [version] = await query(url, "show server_version_num")
  return {
    url,
    versionNum: Number(version),
    async createDatabase(
      name = `medusa_cache_${randomBytes(6).toString("hex")}`
    ) {
      await withClient(url, (client) =>
        // template0, because nobody can be connected to it: creating databases
        // side by side never fails with "source database is being accessed".
        client.query(
          `create database ${client.escapeIdentifier(name)} template template0`
        )
      )
      return urlOfDatabase(url, name)
    },
    async dropDatabase(name) {
      await withClient(url, (client) => dropDatabase(client, name))
    },
    stop,
  }
}

export async function dropDatabase(
  client: Client,
  name: string
): Promise<void> {
  await client.query(
    `drop database if exists ${client.escapeIdentifier(name)} with (force)`
  )
}
