import { Client } from "@medusajs/framework/pg"
import { createServer, type Server, type Socket } from "node:net"
import { listen, urlAt } from "../local-server"
import { type Message, messageReader } from "./messages"

/** What PostgreSQL says to a client that has just logged in: accepted, and ready, in no transaction. */
const WELCOME = Buffer.from([
  ...[82, 0, 0, 0, 8, 0, 0, 0, 0],
  ...[90, 0, 0, 0, 5, 73],
])
const TERMINATE = "X"
const READY_FOR_QUERY = "Z"
/** Each is answered by one that says the server is ready: a simple query, and the end of an extended one. */
const ASKS_FOR_READY = ["Q", "S"]
const IDLE = "I"

/** A connection to the server, which clients take turns on. */
interface Backend {
  readonly client: Client
  readonly socket: Socket
  user?: Socket
  /** What the user has asked for and got no end of; it may ask again before. */
  unanswered: number
}

/**
 * A pooler in transaction mode that tracks nothing, as PgBouncer before 1.21 is one: a client has a
 * connection of the server's for the length of a transaction, and may get another one for the next.
 */
export class TransactionPooler {
  private readonly free: Backend[] = []
  private readonly waiting: { user: Socket; message: Message }[] = []
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly backends: readonly Backend[],
    readonly url: string
  ) {
    this.free.push(...backends)
    backends.forEach((backend) => this.serve(backend))
    server.on("connection", (socket) => this.accept(socket))
  }

  static async start(
    databaseUrl: string,
    size: number
  ): Promise<TransactionPooler> {
    const backends = await Promise.all(
      Array.from({ length: size }, () => openBackend(databaseUrl))
    )
    const server = createServer()
    const url = urlAt(databaseUrl, await listen(server))
    return new TransactionPooler(server, backends, url)
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy())
    this.backends.forEach(({ socket }) => socket.destroy())
    await new Promise((resolve) => this.server.close(resolve))
  }

  private accept(user: Socket): void {
    this.sockets.add(user)
    user.on("close", () => this.sockets.delete(user))
    user.on("error", () => {})
    // The first message is about logging in, and has no type.
    user.once("data", () => {
      user.write(WELCOME)
      const read = messageReader((message) => {
        if (message.type === TERMINATE) {
          user.end()
        } else {
          this.forward(user, message)
        }
      })
      user.on("data", read)
    })
  }

  private forward(user: Socket, message: Message): void {
    const own = this.backends.find((backend) => backend.user === user)
    const backend = own ?? this.free.pop()
    if (!backend || this.waiting.some((waiting) => waiting.user === user)) {
      this.waiting.push({ user, message })
      return
    }
    backend.user = user
    send(message, backend)
  }

  private serve(backend: Backend): void {
    const read = messageReader(({ type, bytes }) => {
      // What comes for nobody is lost, notifications for one.
      backend.user?.write(bytes)
      if (type !== READY_FOR_QUERY) {
        return
      }
      backend.unanswered--
      const status = String.fromCharCode(bytes[5] ?? 0)
      if (status === IDLE && backend.unanswered === 0) {
        this.release(backend)
      }
    })
    backend.socket.on("data", read)
  }

  private release(backend: Backend): void {
    backend.user = undefined
    const next = this.waiting[0]?.user
    if (!next) {
      this.free.push(backend)
      return
    }
    backend.user = next
    while (this.waiting[0]?.user === next) {
      send(this.waiting.shift()!.message, backend)
    }
  }
}

async function openBackend(databaseUrl: string): Promise<Backend> {
  const client = new Client({ connectionString: databaseUrl })
  client.on("error", () => {})
  await client.connect()
  const { stream } = (client as unknown as { connection: { stream: Socket } })
    .connection
  stream.removeAllListeners("data")
  return { client, socket: stream, unanswered: 0 }
}

function send({ type, bytes }: Message, to: Backend): void {
  if (ASKS_FOR_READY.includes(type)) {
    to.unanswered++
  }
  to.socket.write(bytes)
}
