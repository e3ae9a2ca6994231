import { randomBytes } from "node:crypto"
import type { Query } from "../../src/inspect/database"
import * as doctorQueries from "../../src/inspect/doctor/sql"
import * as operatorQueries from "../../src/inspect/sql"
import { type Statement, statementsFor } from "../../src/sql"
import { tablesIn } from "../../src/sql/statement"
import { TestCache } from "../support/provider/test-cache"

const ROLE = `attacker_${randomBytes(6).toString("hex")}`
/** Syntax of SQL that looks like a call. With several arguments, in a from clause, `unnest` is one. */
const SYNTAX = [
  "any",
  "array",
  "coalesce",
  "extract",
  "greatest",
  "least",
  "nullif",
]
const UNNEST_SEVERAL = /unnest\((\([^()]*(\([^()]*\))*[^()]*\)|[^(),]*),/g

/** Of the provider and of operators. */
function allStatements(): Pick<Statement, "summary" | "text">[] {
  const queries: Record<string, Query> = {
    ...doctorQueries,
    ...operatorQueries,
  }
  const ofOperators = Object.entries(queries).map(([summary, query]) => ({
    summary,
    text: typeof query === "string" ? query : query(tablesIn("public")),
  }))
  return [...Object.values(statementsFor("public")), ...ofOperators]
}

describe("functions in the schema public", () => {
  it("Every function that a statement calls is named with its schema.", () => {
    const statements = allStatements()
    expect(statements.length).toBeGreaterThan(30)
    const calls = statements.flatMap(({ summary, text }) =>
      [
        ...text
          .replaceAll(UNNEST_SEVERAL, "")
          .matchAll(/(?<![."\w])([a-z_0-9]+)\(/g),
      ]
        .map(([, name]) => name!)
        .filter((name) => !SYNTAX.includes(name))
        .map((name) => `${summary}: ${name}`)
    )
    expect(calls).toEqual([])
  })

  it("No function or operator of somebody else's runs with the rights of the cache's role.", async () => {
    const cache = await TestCache.create()
    try {
      await cache.sql(`create role ${ROLE}`)
      await cache.sql(`grant create, usage on schema public to ${ROLE}`)
      await cache.sql(`set role ${ROLE}`)
      // More exact matches than PostgreSQL's own: these are called where names are looked up.
      for (const [name, parameters, result] of [
        ["unnest", "uuid[]", "setof uuid"],
        ["unnest", "bigint[]", "setof bigint"],
        ["cardinality", "uuid[]", "integer"],
        ["cardinality", "bigint[]", "integer"],
        ["array_agg", "bigint", "bigint[]"],
        ["array_to_json", "bigint[]", "json"],
        ["concat", "bigint, text, bigint", "text"],
      ]) {
        await cache.sql(`
          create function public.${name}(${parameters}) returns ${result} language plpgsql
          as 'begin raise ''called''; end'`)
      }
      await cache.sql(`
        create function public.same(uuid[], uuid[]) returns boolean language plpgsql
        as 'begin raise ''called''; end'`)
      await cache.sql(
        "create operator public.= (leftarg = uuid[], rightarg = uuid[], function = public.same)"
      )
      await cache.sql("reset role")

      const provider = cache.provider({ maxEntries: 5 })
      const near = cache.provider({ nearCache: {} })
      for (const one of [provider, near]) {
        await one.get({ key: "k" })
        await one.set({ key: "k", data: 1, tags: ["t"] })
        await Promise.all(
          ["a", "b"].map((key) =>
            one.set({
              key,
              data: 1,
              tags: ["t"],
              options: { autoInvalidate: key === "a" },
            })
          )
        )
        expect(await one.get({ tags: ["t"] })).toEqual([1, 1, 1])
        await Promise.all([one.get({ key: "a" }), one.get({ key: "b" })])
        await one.clear({ tags: ["t"] })
        await one.clear({ key: "k" })
        await one.sweep()
        await one.stats()
        await one.clear({ tags: ["*"] })
        await one.idle()
      }
    } finally {
      await cache.sql("reset role")
      await cache.sql(`drop owned by ${ROLE} cascade`)
      await cache.sql(`drop role ${ROLE}`)
      await cache.close()
    }
  })
})
