import { Client } from "@medusajs/framework/pg"
import { OwnServer } from "./own-server"

describe("a server of a test's own", () => {
  let server: OwnServer

  beforeAll(async () => {
    server = await OwnServer.start()
    await server.sql("create table logged (n int)")
    await server.sql("create unlogged table unlogged (n int)")
  })
  beforeEach(async () => {
    await server.sql("insert into logged values (1)")
    await server.sql("insert into unlogged values (1)")
  })
  afterEach(() => server.sql("truncate logged, unlogged"))
  afterAll(() => server?.close())

  const rows = async () => {
    const [row] = await server.sql<{ logged: string; unlogged: string }>(
      "select (select count(*) from logged) as logged, (select count(*) from unlogged) as unlogged"
    )
    return { logged: Number(row!.logged), unlogged: Number(row!.unlogged) }
  }

  it("A server stops, refuses connections, and starts with its data where it was.", async () => {
    const { url } = server
    await server.stop()
    await expect(server.sql("select 1")).rejects.toThrow("ECONNREFUSED")
    await server.start()
    expect(server.url).toBe(url)
    expect(await rows()).toEqual({ logged: 1, unlogged: 1 })
  })

  it("A server recovers when it was killed, with empty unlogged tables.", async () => {
    const client = new Client({ connectionString: server.url })
    const lost = new Promise((resolve) => client.on("error", resolve))
    await client.connect()
    await server.kill()
    await lost
    await server.start()
    expect(await rows()).toEqual({ logged: 1, unlogged: 0 })
  })

  it("A paused server answers nothing, and everything after it goes on.", async () => {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    await server.pause()
    let answered = false
    const answer = client.query("select 1").then(() => (answered = true))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(answered).toBe(false)
    await server.continue()
    await answer
    await client.end()
  })

  it("A server stands by for another one, and is promoted.", async () => {
    const [row] = await server.sql<{ data_directory: string }>(
      "show data_directory"
    )
    await server.stop()
    await server.startAsStandby(row!.data_directory)
    await expect(server.sql("select from unlogged")).rejects.toThrow("unlogged")
    await server.sql("select pg_promote()")
    expect(await rows()).toEqual({ logged: 1, unlogged: 0 })
  })

  it("The close() of a test's own server ends it in any state.", async () => {
    const paused = await OwnServer.start()
    await paused.pause()
    await paused.close()
    const killed = await OwnServer.start()
    await killed.kill()
    await killed.close()
  })
})
