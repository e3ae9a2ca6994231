import { startPostgres, type PostgresServer } from "../postgres"

// Test data need not survive a crash, and spec files open connections side by side.
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "200",
}

/** Jest loads set-up and teardown separately; what they share is the process. */
export const holder = globalThis as { testServer?: PostgresServer }

/** One server for the whole run; spec files get databases of their own on it. */
export default async function globalSetup(): Promise<void> {
  holder.testServer = await startPostgres({ settings: SETTINGS })
  process.env.TEST_SERVER_URL = holder.testServer.url
}
