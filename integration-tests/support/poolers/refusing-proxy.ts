import { connect, createServer, type Server } from "node:net"
import { listen, urlAt } from "../local-server"

/** A server's last words to a client whose start-up packet it does not like. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/** Passes connections on, except those whose start-up packet has `options`: these it refuses, as RDS Proxy does. */
export class RefusingProxy {
  private refused = 0

  private constructor(
    private readonly server: Server,
    readonly url: string
  ) {}

  static async start(
    databaseUrl: string,
    refusal: Refusal
  ): Promise<RefusingProxy> {
    const target = new URL(databaseUrl)
    const server = createServer((client) => {
      client.on("error", () => {})
      client.once("data", (startup: Buffer) => {
        if (startup.includes("\0options\0")) {
          proxy.refused++
          client.end(errorResponse(refusal))
          return
        }
        const upstream = connect(Number(target.port), target.hostname)
        upstream.on("error", () => client.destroy())
        upstream.write(startup)
        client.pipe(upstream).pipe(client)
      })
    })
    const url = urlAt(databaseUrl, await listen(server))
    const proxy = new RefusingProxy(server, url)
    return proxy
  }

  get refusals(): number {
    return this.refused
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve))
  }
}

function errorResponse({ code, message }: Refusal): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + Buffer.byteLength(fields))
  return Buffer.concat([Buffer.from("E"), length, Buffer.from(fields)])
}
