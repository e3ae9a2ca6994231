import { startEmbedded } from "./embedded"
import { openServer, type PostgresServer } from "./server"
import { chooseSource, type PostgresSource } from "./source"

export type { PostgresServer } from "./server"

export interface StartOptions {
  /** server settings such as `max_connections`; PostgreSQL's own defaults otherwise */
  settings?: Record<string, string>
  onProgress?: (line: string) => void
}

/**
 * Starts a real PostgreSQL: an embedded one unless the environment names a
 * server (TEST_DATABASE_URL) or asks for a container (TEST_POSTGRES=container).
 * TEST_POSTGRES_VERSION picks the major version, or insists on it.
 */
export async function startPostgres(
  options: StartOptions = {}
): Promise<PostgresServer> {
  const { source, major } = chooseSource(process.env)
  const server = await startFrom(source, options)
  const startedMajor = Math.floor(server.versionNum / 10_000)
  if (major && startedMajor !== Number(major)) {
    await server.stop()
    throw new Error(
      `TEST_POSTGRES_VERSION is "${major}", but the ${source.kind} server is PostgreSQL ${startedMajor}`
    )
  }
  return server
}

/**
 * Connects to a running server given its superuser URL (used by spec files).
 * It keeps no connection open, so there is nothing for `stop` to close.
 */
export async function connectPostgres(url: string): Promise<PostgresServer> {
  return await openServer(url, () => Promise.resolve())
}

function startFrom(
  source: PostgresSource,
  options: StartOptions
): Promise<PostgresServer> {
  switch (source.kind) {
    case "embedded":
      return startEmbedded(source.installedIn, options)
    case "external":
      return useExternal(source.url, options)
    case "container":
      return startContainer(source.image, options)
  }
}

/** The server outlives the run; the databases of the run do not. */
async function useExternal(
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
  const server = await connectPostgres(url).catch((error: Error) => {
    throw new Error(
      `TEST_DATABASE_URL: no connection to ${host}: ${error.message}`,
      { cause: error }
    )
  })
  const databases = new Set<string>()
  const dropDatabase = async (name: string) => {
    await server.dropDatabase(name)
    databases.delete(name)
  }
  return {
    ...server,
    async createDatabase(name) {
      const databaseUrl = await server.createDatabase(name)
      databases.add(decodeURIComponent(new URL(databaseUrl).pathname.slice(1)))
      return databaseUrl
    },
    dropDatabase,
    async stop() {
      await Promise.all([...databases].map(dropDatabase))
    },
  }
}

/** testcontainers' own reaper removes the container when this process dies without `stop`. */
async function startContainer(
  image: string,
  { settings = {}, onProgress }: StartOptions
): Promise<PostgresServer> {
  // Loaded on demand: its dependencies are heavy, and its releases ask for a newer Node than we do.
  const { PostgreSqlContainer } =
    await import("@testcontainers/postgresql").catch((error: Error) => {
      throw new Error(
        `TEST_POSTGRES is "container", but testcontainers does not load on Node ${process.versions.node}: ${error.message}`,
        { cause: error }
      )
    })
  onProgress?.(`starting a container of ${image}`)
  const flags = Object.entries(settings).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ])
  const container = await new PostgreSqlContainer(image)
    .withDatabase("postgres")
    .withUsername("postgres")
    .withPassword("postgres")
    .withCommand(["postgres", ...flags])
    .start()
  const stop = async () => {
    await container.stop()
  }
  try {
    return await openServer(container.getConnectionUri(), stop)
  } catch (error) {
    await stop()
    throw error
  }
}
