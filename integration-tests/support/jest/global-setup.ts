import { startPostgres } from "../postgres"
import { keepServer } from "./running-server"

// Test data need not survive a crash, and spec files open connections side by side.
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "200",
}

/** One server for the whole run; spec files get databases of their own on it. */
export default async function globalSetup(): Promise<void> {
  const server = await startPostgres({ settings: SETTINGS })
  keepServer(server)
  process.env.TEST_SERVER_URL = server.url
}
