import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { FrontendMessages } from "./frontend-messages"

export interface Statement {
  readonly sql: string
  /** The `application_name` that the connection gave when it was opened. */
  readonly application: string
}

/** Stands between a shop and PostgreSQL, passes every byte on and notes which statements the server was given. */
export interface StatementRecorder {
  /** The database's address, for a shop that is to be watched. */
  readonly url: string
  /** The statements that the server was given while `work` ran. */
  during<T>(
    work: () => Promise<T>
  ): Promise<{ result: T; statements: Statement[] }>
  stop(): Promise<void>
}

export async function recordStatements(
  databaseUrl: string
): Promise<StatementRecorder> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const statements: Statement[] = []

  const server = createServer((shop) => {
    const postgres = connect(Number(target.port || 5432), target.hostname)
    const messages = new FrontendMessages({
      onStatement: (statement) => statements.push(statement),
      // What is encrypted can't be read: the shop is told that this server has no TLS.
      onEncryptionRequest: () => shop.write("N"),
      onForward: (bytes) => postgres.write(bytes),
    })

    shop.on("data", (bytes) => messages.push(bytes))
    postgres.pipe(shop)
    join(shop, postgres, sockets)
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", resolve)
  })

  const url = new URL(databaseUrl)
  url.hostname = "127.0.0.1"
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.toString(),
    async during(work) {
      const from = statements.length
      const result = await work()

      return { result, statements: statements.slice(from) }
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      sockets.forEach((socket) => socket.destroy())
      await closed
    },
  }
}

function join(shop: Socket, postgres: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [shop, postgres],
    [postgres, shop],
  ] as const) {
    sockets.add(socket)
    socket.setNoDelay(true)
    // The other side learns of an error by its connection's end, as it would without us in between.
    socket.on("error", () => other.destroy())
    socket.on("close", () => {
      sockets.delete(socket)
      other.end()
    })
  }
}
