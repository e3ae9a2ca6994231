import { once } from "node:events"
import {
  connect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { waitFor } from "../wait"
import { TcpProxy } from "./tcp-proxy"

/** What a test sees of one end. */
interface End {
  readonly socket: Socket
  received: string
  ended: boolean
  closed: boolean
}

function watch(socket: Socket): End {
  const end: End = { socket, received: "", ended: false, closed: false }
  socket.on("data", (chunk: Buffer) => (end.received += chunk.toString()))
  socket.on("end", () => (end.ended = true))
  socket.on("close", () => (end.closed = true))
  socket.on("error", () => {})
  return end
}

/** Long enough for bytes that are not held to have come through. */
const A_MOMENT_MS = 100

describe("the proxy in front of the database", () => {
  let server: Server
  let arrived: End[]
  let proxy: TcpProxy
  let clients: End[]

  beforeEach(async () => {
    arrived = []
    clients = []
    server = createServer({ allowHalfOpen: true }, (socket) =>
      arrived.push(watch(socket))
    )
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    proxy = await TcpProxy.to(urlOf(server))
  })
  afterEach(async () => {
    clients.forEach(({ socket }) => socket.destroy())
    await proxy.close()
    arrived.forEach(({ socket }) => socket.destroy())
    server.close()
  })

  const urlOf = (target: Server): string =>
    `postgres://u:p@127.0.0.1:${(target.address() as AddressInfo).port}/db?x=1`

  async function open(): Promise<End> {
    const { port } = new URL(proxy.url("postgres://h/db"))
    const socket = connect(Number(port), "127.0.0.1")
    const client = watch(socket)
    clients.push(client)
    await once(socket, "connect")
    return client
  }

  /** A connection that reaches the server. */
  async function pair(): Promise<{ client: End; remote: End }> {
    const client = await open()
    const number = clients.length
    await until(() => arrived.length >= number)
    return { client, remote: arrived[number - 1]! }
  }

  const until = (condition: () => boolean): Promise<true> =>
    waitFor("bytes to come through", () =>
      Promise.resolve(condition() ? true : undefined)
    )

  it("The proxy keeps everything of a URL but host and port.", () => {
    expect(proxy.url("postgres://u:p@db.example:5432/shop?sslmode=no")).toMatch(
      /^postgres:\/\/u:p@127\.0\.0\.1:\d+\/shop\?sslmode=no$/
    )
  })

  it("The proxy passes bytes and ends on, in both directions.", async () => {
    const { client, remote } = await pair()
    client.socket.write("ask")
    await until(() => remote.received === "ask")
    remote.socket.write("answer")
    await until(() => client.received === "answer")
    client.socket.end("bye")
    await until(() => remote.ended)
    expect(remote.received).toBe("askbye")
    remote.socket.end()
    await until(() => client.closed)
  })

  it("The proxy cuts every connection, and takes new ones.", async () => {
    const { client, remote } = await pair()
    proxy.cut()
    await until(() => client.closed && remote.ended)
    await pair()
  })

  it("The proxy refuses new connections, keeps the old, and comes back on its port.", async () => {
    const { client, remote } = await pair()
    await proxy.refuse()
    await expect(open()).rejects.toThrow("ECONNREFUSED")
    client.socket.write("still here")
    await until(() => remote.received === "still here")
    await proxy.restore()
    clients.pop()
    await pair()
  })

  it("The proxy stalls without an end, takes new connections, and delivers in order afterwards.", async () => {
    const { client, remote } = await pair()
    proxy.stall()
    client.socket.write("one,")
    remote.socket.write("1,")
    const late = await open()
    late.socket.write("late")
    await sleep(A_MOMENT_MS)
    client.socket.write("two")
    client.socket.end()
    remote.socket.write("2")
    await sleep(A_MOMENT_MS)
    expect([remote.received, client.received]).toEqual(["", ""])
    expect([remote.ended, client.ended]).toEqual([false, false])
    expect(arrived).toHaveLength(1)

    await proxy.restore()
    await until(() => remote.ended && client.received === "1,2")
    expect(remote.received).toBe("one,two")
    await until(() => arrived[1]?.received === "late")
  })

  it("The proxy loses what a client had sent that reset its connection, as a network does.", async () => {
    const { client, remote } = await pair()
    proxy.stall()
    client.socket.write("never sent")
    await sleep(A_MOMENT_MS)
    client.socket.resetAndDestroy()
    await sleep(A_MOMENT_MS)
    await proxy.restore()
    await until(() => remote.ended || remote.closed)
    expect(remote.received).toBe("")
  })

  it("The proxy brings old connections back later than new ones, if asked to.", async () => {
    const { client, remote } = await pair()
    proxy.stall()
    client.socket.write("old")
    await sleep(A_MOMENT_MS)
    await proxy.restore({ heldBackMs: 300 })
    const fresh = await pair()
    fresh.client.socket.write("fresh")
    await until(() => fresh.remote.received === "fresh")
    expect(remote.received).toBe("")
    await until(() => remote.received === "old")
  })

  it("The proxy holds answers only, if asked to.", async () => {
    const { client, remote } = await pair()
    proxy.stallAnswers()
    client.socket.write("ask")
    await until(() => remote.received === "ask")
    remote.socket.write("answer")
    await sleep(A_MOMENT_MS)
    expect(client.received).toBe("")
    await proxy.restore()
    await until(() => client.received === "answer")
  })

  it("The proxy delays each way, and keeps the order when the delay ends.", async () => {
    const { client, remote } = await pair()
    proxy.delay(1_000)
    client.socket.write("first,")
    await sleep(20)
    proxy.delay(0)
    client.socket.write("second")
    await sleep(A_MOMENT_MS)
    expect(remote.received).toBe("")
    await until(() => remote.received === "first,second")
  })

  it("The proxy cuts after so many bytes of answers, once.", async () => {
    const { client, remote } = await pair()
    proxy.cutAfter(6)
    remote.socket.write("abc")
    await until(() => client.received === "abc")
    remote.socket.write("defghi")
    await until(() => client.closed)
    expect(client.received).toBe("abcdef")
    const again = await pair()
    again.remote.socket.write("longer than that")
    await until(() => again.client.received === "longer than that")
  })

  it("The proxy leads later connections to another server.", async () => {
    const elsewhere: End[] = []
    const other = createServer((socket) => elsewhere.push(watch(socket)))
    other.listen(0, "127.0.0.1")
    await once(other, "listening")
    try {
      await pair()
      proxy.retarget("127.0.0.1", (other.address() as AddressInfo).port)
      const client = await open()
      client.socket.write("hello")
      await until(() => elsewhere[0]?.received === "hello")
      expect(arrived).toHaveLength(1)
    } finally {
      elsewhere.forEach(({ socket }) => socket.destroy())
      other.close()
    }
  })
})
