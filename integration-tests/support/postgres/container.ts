import type { StartOptions } from "./index"
import { openServer, type PostgresServer } from "./server"

/** Loaded on demand: its dependencies are heavy, and its releases ask for a newer Node than we do. */
async function loadTestcontainers() {
  try {
    return await import("@testcontainers/postgresql")
  } catch (error) {
    throw new Error(
      `TEST_POSTGRES is "container", but testcontainers does not load on Node ${process.versions.node}: ` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error }
    )
  }
}

/** testcontainers' own reaper removes the container when this process dies without `stop`. */
export async function startContainer(
  image: string,
  { settings = {}, onProgress }: StartOptions
): Promise<PostgresServer> {
  const { PostgreSqlContainer } = await loadTestcontainers()
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
