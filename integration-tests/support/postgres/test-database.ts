import { connectPostgres } from "./index"

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** An empty database of its own for a spec file, on the server of the run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_SERVER_URL
  if (!serverUrl) {
    throw new Error(
      "TEST_SERVER_URL is not set: Jest's global set-up of the integration project provides it"
    )
  }
  const server = await connectPostgres(serverUrl)
  const url = await server.createDatabase()
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  return { url, drop: () => server.dropDatabase(name) }
}
