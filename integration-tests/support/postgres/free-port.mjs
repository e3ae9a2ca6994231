import net from "node:net"

/** @returns a port of 127.0.0.1 that nobody listens on; another process may take it first */
export function findFreePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
