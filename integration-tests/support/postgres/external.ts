import type { StartOptions } from "./index"
import { openServer, type PostgresServer } from "./server"

/** `options.settings` and `options.dataDir` belong to whoever runs the server. */
export async function startExternal(
  url: string,
  { settings = {}, onProgress }: StartOptions
): Promise<PostgresServer> {
  const { host } = new URL(url)
  onProgress?.(`using the PostgreSQL at ${host} that TEST_DATABASE_URL names`)
  const ignored = Object.keys(settings)
  if (ignored.length > 0) {
    onProgress?.(
      `it keeps its own settings, not applied: ${ignored.join(", ")}`
    )
  }

  const server = await openServer(url, () => Promise.resolve()).catch(
    (error: Error) => {
      throw new Error(
        `TEST_DATABASE_URL: no connection to ${host}: ${error.message}`,
        {
          cause: error,
        }
      )
    }
  )

  // The server outlives the run; the databases of the run must not.
  const databases = new Set<string>()
  return {
    ...server,
    async createDatabase(name) {
      const databaseUrl = await server.createDatabase(name)
      databases.add(decodeURIComponent(new URL(databaseUrl).pathname.slice(1)))
      return databaseUrl
    },
    async dropDatabase(name) {
      await server.dropDatabase(name)
      databases.delete(name)
    },
    async stop() {
      for (const name of databases) {
        await server.dropDatabase(name)
      }
      databases.clear()
    },
  }
}
