import { rm } from "node:fs/promises"
import path from "node:path"
import { holder } from "./global-setup"

export default async function globalTeardown(): Promise<void> {
  await holder.testServer?.stop()
  const tarball = process.env.TEST_PACKAGE
  if (tarball) {
    await rm(path.dirname(tarball), { recursive: true })
  }
  delete process.env.TEST_SERVER_URL
  delete process.env.TEST_PACKAGE
}
