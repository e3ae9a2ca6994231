import { takeServer } from "./running-server"

export default async function globalTeardown(): Promise<void> {
  await takeServer()?.stop()
  delete process.env.TEST_SERVER_URL
}
