import { createServer, type AddressInfo, type Server } from "node:net"

/** Listens on 127.0.0.1. @returns the port: the given one, or a free one */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return (server.address() as AddressInfo).port
}

/** @returns a port that nobody listens on; another process may take it first */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The URL of a database by another port, of 127.0.0.1. */
export function urlAt(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl)
  url.hostname = "127.0.0.1"
  url.port = String(port)
  return url.href
}
