import { connectPostgres, startPostgres, type PostgresServer } from "."

export interface DatabaseServer {
  /** Makes an empty database that goes when the server stops. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

/** The server that DATABASE_URL names, or an embedded one with PostgreSQL's own settings but for those given. */
export async function startDatabaseServer(
  onProgress: (line: string) => void,
  settings: Record<string, string> = {}
): Promise<DatabaseServer> {
  const url = process.env.DATABASE_URL
  const server = url
    ? await connect(url)
    : await startPostgres({ settings, onProgress })
  const names: string[] = []

  return {
    async createDatabase() {
      const database = await server.createDatabase()
      names.push(decodeURIComponent(new URL(database).pathname.slice(1)))
      return database
    },
    async stop() {
      for (const name of names.splice(0)) {
        await server.dropDatabase(name)
      }
      await server.stop()
    },
  }
}

async function connect(url: string): Promise<PostgresServer> {
  try {
    return await connectPostgres(url)
  } catch (error) {
    throw new Error(`DATABASE_URL: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
