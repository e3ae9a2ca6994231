import { connectPostgres } from "./index"

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** An empty database of its own for a spec file, on the server of the run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await connectPostgres(testServerUrl())
  const url = await server.createDatabase()
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  return { url, drop: () => server.dropDatabase(name) }
}

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
