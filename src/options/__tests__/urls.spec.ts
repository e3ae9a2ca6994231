import { Client } from "@medusajs/framework/pg"
import { resolveOptions } from ".."

describe("URLs among the options", () => {
  it.each([
    "postgres://u:secret/@h/db",
    "postgres://u:secret#@h/db",
    "postgres://u:secret@h:port/db",
    "postgres://u:secret%ff@h/db",
  ])("The URL %s, which cannot be parsed, is refused and not shown.", (url) => {
    for (const option of ["database", "nearCache"]) {
      const options = {
        namespace: "n",
        database: { clientUrl: "postgres://own" },
        [option]: { clientUrl: url },
      }
      expect(() => resolveOptions(options, {})).toThrow(
        `option "${option}.clientUrl": got a URL that cannot be parsed (is the password percent-encoded, such as %2F for /?), allowed: a postgres:// URL`
      )
      expect(() => resolveOptions(options, {})).not.toThrow(/secret/)
    }
  })

  it.each([
    "postgres://u:p%2Fw@h:5432/db?sslmode=verify-full",
    "postgres://u:100%@h/db",
    "postgres://u:p w@h/my db",
    "postgres://u:p@/db?host=/var/run/postgresql",
    "postgres://%2Fvar%2Frun%2Fpostgresql/db",
    "postgresql://[::1]:5432/db",
  ])("The URL %s, which pg reads, is accepted.", (clientUrl) => {
    // It throws if it cannot read it.
    new Client({ connectionString: clientUrl })
    const { database } = resolveOptions(
      { namespace: "n", database: { clientUrl } },
      {}
    )
    expect(database.clientUrl).toBe(clientUrl)
  })
})
