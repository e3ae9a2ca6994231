import { optionsByServer, resolveOptions } from ".."

const shop = { database: { clientUrl: "postgres://shop@db/shop" } }
const resolve = (options: unknown) => resolveOptions(options, shop)

describe("several servers", () => {
  const servers = [
    { name: "a", clientUrl: "postgres://a/cache" },
    { name: "b", clientUrl: "postgres://b/cache", schema: "s" },
  ]
  const several = (database: object, others: object = {}) =>
    resolve({ namespace: "n", database, ...others })

  it("Each server has a name and a database of its own, with PostgreSQL's defaults.", () => {
    expect(several({ servers }).servers).toEqual([
      {
        name: "a",
        database: {
          clientUrl: "postgres://a/cache",
          schema: "public",
          driverOptions: {},
        },
      },
      {
        name: "b",
        database: {
          clientUrl: "postgres://b/cache",
          schema: "s",
          driverOptions: {},
        },
      },
    ])
  })

  it("Each server gets its part of the limits, which are of the whole.", () => {
    const options = several(
      { servers },
      {
        maxEntries: 101,
        nearCache: { maxBytes: 8 * 2 ** 20 },
      }
    )
    expect(
      optionsByServer(options).map((one) => [
        one.server,
        one.servers,
        one.maxEntries,
        one.maxBytes,
        one.nearCache && one.nearCache.maxBytes,
      ])
    ).toEqual([
      ["a", [], 51, Infinity, 4 * 2 ** 20],
      ["b", [], 51, Infinity, 4 * 2 ** 20],
    ])
  })

  it("A namespace is required where a server is not the shop's own database.", () => {
    expect(() => resolve({ database: { servers } })).toThrow(
      /option "namespace": got nothing/
    )
  })

  it.each([
    [{ servers: [] }, /"database.servers": got an empty list/],
    [{ servers: "a" }, /"database.servers": got 'a', allowed: a list/],
    [
      { servers: [{ clientUrl: "postgres://a/x" }] },
      /"database.servers\[0\].name": got nothing/,
    ],
    [
      { servers: [{ name: "a" }] },
      /"database.servers\[0\].clientUrl": got nothing/,
    ],
    [
      { servers: [{ name: "a,b", clientUrl: "postgres://a/x" }] },
      /"database.servers\[0\].name": got 'a,b'/,
    ],
    [
      { servers: [...servers, servers[0]] },
      /"database.servers\[2\].name": got "a", which another server has/,
    ],
    [
      { servers: [...servers, { ...servers[1], name: "c" }] },
      /"database.servers\[2\].clientUrl": got the database and schema of another/,
    ],
    [
      { servers, clientUrl: "postgres://a/cache" },
      /"database.clientUrl": got a value beside "database.servers"/,
    ],
    [{ servers, schema: "s" }, /"database.schema": got a value beside/],
  ])("The servers %j are refused.", (database, message) => {
    expect(() => several(database)).toThrow(message)
  })

  it("One URL for the near cache is refused, since each server has its own.", () => {
    const nearCache = { clientUrl: "postgres://direct/db" }
    expect(() => several({ servers }, { nearCache })).toThrow(
      /"nearCache.clientUrl": got a URL, though there is "database.servers"/
    )
  })
})
