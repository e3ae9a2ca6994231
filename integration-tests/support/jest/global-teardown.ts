import { rm } from "node:fs/promises"
import { holder } from "./global-setup"

export default async function globalTeardown(): Promise<void> {
  await holder.testServer?.stop()
  if (holder.packageFolder) {
    await rm(holder.packageFolder, { recursive: true })
  }
  delete process.env.TEST_SERVER_URL
  delete process.env.TEST_PACKAGE
}
