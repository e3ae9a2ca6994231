import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { startPostgres, type PostgresServer } from "../postgres"
import { packPackage } from "../shop/package-under-test"

// Test data need not survive a crash, and spec files open connections side by side.
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "200",
}

/** Jest loads set-up and teardown separately; what they share is the process. */
export const holder = globalThis as { testServer?: PostgresServer }

/** One server and one tarball for the whole run; spec files get databases of their own on the server. */
export default async function globalSetup(): Promise<void> {
  const folder = path.join(tmpdir(), "caching-postgres-package-")
  const [server, tarball] = await Promise.all([
    startPostgres({ settings: SETTINGS }),
    mkdtemp(folder).then(packPackage),
  ])
  holder.testServer = server
  process.env.TEST_SERVER_URL = server.url
  process.env.TEST_PACKAGE = tarball
}
