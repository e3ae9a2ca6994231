import { Client } from "@medusajs/framework/pg"
import { canonicalName } from "../../src/digests"
import { Digester } from "../../src/digests"
import { Fill } from "../support/provider/fill"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"

const NAMESPACE = "medusa"

describe("a clear that comes while a set is in flight", () => {
  const cache = testCache()
  let holder: Client

  beforeEach(async () => {
    await cache.empty()
    holder = new Client({ connectionString: cache.url })
    await holder.connect()
  })
  afterEach(() => holder.end())

  /** Has every set of the key wait. */
  async function hold(key: string): Promise<void> {
    const name = canonicalName(key)
    await holder.query("begin")
    await holder.query(
      `insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
       values (1, $1, $2, $3, '[]', '"held"', 'infinity')`,
      [NAMESPACE, new Digester(NAMESPACE).key(name), name]
    )
  }

  /** Resolves when somebody in the database waits for such a lock. */
  async function untilWaiting(locktype: string): Promise<void> {
    for (;;) {
      const waiting = await cache.sql(
        `select from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where not l.granted and l.locktype = $1 and a.datname = current_database()`,
        [locktype]
      )
      if (waiting.length > 0) {
        return
      }
      await cache.sql("select pg_sleep(0.01)")
    }
  }

  it.each([
    ["a tag", { tags: ["t"] }],
    ["the key", { key: "k" }],
    ["everything", { tags: ["*"] }],
  ])(
    "A clear waits for a set in flight and removes what it set, by %s.",
    async (_, clear) => {
      const [a, b] = [1, 2].map(() =>
        cache.provider({ timeouts: LONG_TIMEOUTS })
      )
      const fill = await Fill.begin(a!, "k")
      await hold("k")
      const set = fill.end({ data: "old", tags: ["t"] })
      await untilWaiting("transactionid")
      let isCleared = false
      const cleared = b!.clear(clear).then(() => (isCleared = true))
      await untilWaiting("advisory")
      expect(isCleared).toBe(false)

      await holder.query("rollback")
      await Promise.all([set, cleared])
      expect(await a!.get({ key: "k" })).toBeNull()
      expect(await b!.get({ key: "k" })).toBeNull()
    }
  )
})
