import { startContainer } from "./container"
import { startEmbedded } from "./embedded"
import { startExternal } from "./external"
import { openServer, type PostgresServer } from "./server"
import { chooseSource, type PostgresSource } from "./source"

export type { PostgresServer } from "./server"

export interface StartOptions {
  /** server settings such as `max_connections`; PostgreSQL's own defaults otherwise */
  settings?: Record<string, string>
  /** an absent or empty folder for the data of an embedded server; removed with the server */
  dataDir?: string
  onProgress?: (line: string) => void
}

function startFrom(
  source: PostgresSource,
  options: StartOptions
): Promise<PostgresServer> {
  switch (source.kind) {
    case "embedded":
      return startEmbedded(source.installedIn, options)
    case "external":
      return startExternal(source.url, options)
    case "container":
      return startContainer(source.image, options)
  }
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
