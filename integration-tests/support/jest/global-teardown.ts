import { holder } from "./global-setup"

export default async function globalTeardown(): Promise<void> {
  await holder.testServer?.stop()
  delete process.env.TEST_SERVER_URL
}
