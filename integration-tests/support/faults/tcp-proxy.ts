import { createServer, connect, type Server, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { listen, urlAt } from "../local-server"

interface Address {
  readonly host: string
  readonly port: number
}

interface Link {
  readonly client: Socket
  server?: Socket
  readonly pipes: Pipe[]
  /** Whether the client may be sending because it has got an answer, or has not sent anything yet. */
  mayBegin: boolean
}

const LISTEN_ATTEMPTS = 50

type Direction = "requests" | "answers"

interface PipeRules {
  readonly isStalled: () => boolean
  readonly delayMs: () => number
  readonly pass: (chunk: Buffer) => void
}

/**
 * One direction of a connection. While it stalls it does not even read: what the sender has sent waits in the
 * sockets' buffers, as with a network that is down, and is lost if the sender resets the connection.
 */
class Pipe {
  /** Without a chunk: the end of the connection. */
  private readonly held: { readonly due: number; readonly chunk?: Buffer }[] =
    []
  private notBefore = 0
  private isClosed = false
  private timer?: NodeJS.Timeout

  constructor(
    private readonly source: Socket,
    private readonly target: Socket,
    private readonly rules: PipeRules
  ) {
    const take = (chunk?: Buffer) => {
      this.held.push({ due: performance.now() + rules.delayMs(), chunk })
      this.pump()
    }
    source.on("data", take)
    source.on("end", () => take())
    this.pump()
  }

  /** Passes nothing for so long, what comes meanwhile included. */
  holdFor(milliseconds: number): void {
    this.notBefore = performance.now() + milliseconds
    this.pump()
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
  }

  /** Passes on whatever may go. */
  pump(): void {
    clearTimeout(this.timer)
    for (let head = this.held[0]; !this.isClosed; head = this.held[0]) {
      const due = Math.max(head?.due ?? 0, this.notBefore)
      const waitMs = due - performance.now()
      if (this.rules.isStalled() || (waitMs > 0 && !head)) {
        this.source.pause()
      }
      if (this.rules.isStalled()) {
        return
      }
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.pump(), Math.ceil(waitMs))
        return
      }
      if (!head) {
        this.source.resume()
        return
      }
      this.held.shift()
      if (head.chunk) {
        this.rules.pass(head.chunk)
      } else {
        this.target.end()
      }
    }
  }
}

/** A stretch of network between a client and PostgreSQL, which a test can break in every way. */
export class TcpProxy {
  private readonly links = new Set<Link>()
  /** Accepted while everything stalls: these have not reached the server yet. */
  private readonly unconnected = new Set<Link>()
  private readonly stalled: Record<Direction, boolean> = {
    requests: false,
    answers: false,
  }
  private delayMs = 0
  /** Bytes of answers until all connections are cut. */
  private bytesToCut?: number
  private listener?: Server
  private accepted = 0
  private begun = 0
  /** Called for each connection from then on; what it returns gets the bytes that the client sends. */
  watch?: () => (bytes: Buffer) => void

  private constructor(
    private target: Address,
    private port: number
  ) {}

  /** One in front of the server of a database URL. */
  static async to(databaseUrl: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(databaseUrl)
    const target = { host: hostname, port: Number(port || 5432) }
    const proxy = new TcpProxy(target, 0)
    await proxy.listen()
    return proxy
  }

  /** How many connections clients have opened so far. */
  get connectionsAccepted(): number {
    return this.accepted
  }

  /** How many round trips clients have begun: what they sent without waiting for an answer counts as one. */
  get roundTrips(): number {
    return this.begun
  }

  /** The database URL by which a client passes through here. */
  url(databaseUrl: string): string {
    return urlAt(databaseUrl, this.port)
  }

  /** Ends all connections on both sides. */
  cut(): void {
    for (const link of this.links) {
      this.drop(link)
    }
  }

  /** New connections are refused; those that are open go on. */
  async refuse(): Promise<void> {
    const listener = this.listener
    this.listener = undefined
    // Its callback would wait for the connections that are open.
    listener?.close()
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Takes connections and bytes, and passes nothing on, not even the end of a connection. */
  stall(): void {
    this.stalled.requests = true
    this.stalled.answers = true
    this.pump()
  }

  /** Requests arrive and are carried out; what the server answers does not come back. */
  stallAnswers(): void {
    this.stalled.answers = true
    this.pump()
  }

  /** What the server answers on the connections that are open by now comes so much later; on new ones at once. */
  holdAnswersFor(milliseconds: number): void {
    for (const { pipes } of this.links) {
      pipes[1]?.holdFor(milliseconds)
    }
  }

  /** Everything takes this much longer, in each direction. */
  delay(milliseconds: number): void {
    this.delayMs = milliseconds
  }

  /** Cuts all connections after so many bytes of answers: in the middle of a result. */
  cutAfter(bytes: number): void {
    this.bytesToCut = bytes
  }

  /** Later connections go to another server, as with a host name that moves in a failover. */
  retarget(host: string, port: number): void {
    this.target = { host, port }
  }

  /**
   * Ends every fault; what was held back is delivered in its order.
   *
   * @param heldBackMs how much later than new connections the old ones come to life, as after a real
   *   outage, where TCP repeats what was lost only after a pause that has grown with the outage
   */
  async restore({ heldBackMs = 0 } = {}): Promise<void> {
    this.stalled.requests = false
    this.stalled.answers = false
    this.delayMs = 0
    this.bytesToCut = undefined
    for (const { pipes } of this.links) {
      pipes.forEach((pipe) => pipe.holdFor(heldBackMs))
    }
    for (const link of this.unconnected) {
      this.connect(link)
    }
    this.unconnected.clear()
    await this.listen()
  }

  async close(): Promise<void> {
    this.cut()
    await this.refuse()
  }

  private async listen(): Promise<void> {
    for (let attempt = 1; !this.listener; attempt++) {
      // An end must not be passed on before the bytes in front of it.
      const listener = createServer({ allowHalfOpen: true }, (client) =>
        this.accept(client)
      )
      try {
        this.port = await listen(listener, this.port)
        this.listener = listener
      } catch (error) {
        // Some other program's outgoing connection may have the port for a moment.
        if (attempt === LISTEN_ATTEMPTS) {
          throw error
        }
        await sleep(20)
      }
    }
  }

  private accept(client: Socket): void {
    this.accepted++
    const link: Link = { client, pipes: [], mayBegin: true }
    client.pause()
    const watcher = this.watch?.()
    client.on("data", (bytes: Buffer) => {
      this.begun += link.mayBegin ? 1 : 0
      link.mayBegin = false
      watcher?.(bytes)
    })
    client.setNoDelay(true)
    this.links.add(link)
    this.dropWith(client, link)
    if (this.stalled.requests) {
      this.unconnected.add(link)
    } else {
      this.connect(link)
    }
  }

  private connect(link: Link): void {
    const { client } = link
    const server = connect({ ...this.target, allowHalfOpen: true })
    server.setNoDelay(true)
    link.server = server
    this.dropWith(server, link)
    link.pipes.push(
      new Pipe(client, server, {
        isStalled: () => this.stalled.requests,
        delayMs: () => this.delayMs,
        pass: (chunk) => server.write(chunk),
      }),
      new Pipe(server, client, {
        isStalled: () => this.stalled.answers,
        delayMs: () => this.delayMs,
        pass: (chunk) => {
          link.mayBegin = true
          this.passAnswer(link, chunk)
        },
      })
    )
  }

  private passAnswer({ client, pipes }: Link, chunk: Buffer): void {
    if (this.bytesToCut === undefined || chunk.length < this.bytesToCut) {
      this.bytesToCut &&= this.bytesToCut - chunk.length
      client.write(chunk)
      return
    }
    const part = chunk.subarray(0, this.bytesToCut)
    this.bytesToCut = undefined
    pipes.forEach((pipe) => pipe.close())
    client.write(part, () => this.cut())
  }

  private pump(): void {
    for (const { pipes } of this.links) {
      pipes.forEach((pipe) => pipe.pump())
    }
  }

  private dropWith(socket: Socket, link: Link): void {
    socket.on("error", () => this.drop(link))
    socket.on("close", (broken: boolean) => {
      const { client, server } = link
      if (broken || (client.destroyed && (server?.destroyed ?? true))) {
        this.drop(link)
      }
    })
  }

  private drop(link: Link): void {
    this.links.delete(link)
    this.unconnected.delete(link)
    link.pipes.forEach((pipe) => pipe.close())
    link.client.destroy()
    link.server?.destroy()
  }
}
