import { spawnSync } from "node:child_process"
import path from "node:path"
import { startRedis, type RedisServer } from "../support/redis/redis"
import { PREPARATION_LIMIT_MS, ShopFixture } from "../support/shop"

const CONFIG = path.join(__dirname, "../support/shop/two-providers-config.ts")
const COMMAND_LIMIT_MS = 60_000

const hasRedis =
  Boolean(process.env.REDIS_URL) ||
  spawnSync("redis-server", ["--version"]).status === 0

// Without a Redis there is nothing to move from.
const [describeWithRedis, reason] = hasRedis
  ? [describe, ""]
  : [describe.skip, " (skipped: there is no redis-server on the PATH)"]

describeWithRedis(
  `a shop with this provider beside the Redis one${reason}`,
  () => {
    let redis: RedisServer
    let fixture: ShopFixture

    beforeAll(async () => {
      redis = (await startRedis())!
      fixture = await ShopFixture.open(CONFIG, {
        CACHE_REDIS_URL: redis.url,
        DEFAULT_CACHE: "caching-redis",
      })
    }, PREPARATION_LIMIT_MS)

    afterAll(async () => {
      await fixture?.close()
      await redis?.stop()
    })

    it.each([
      ["caching-redis", "caching-postgres"],
      ["caching-postgres", "caching-redis"],
    ])(
      "With %s as the default, Medusa invalidates that one only, and %s keeps what it has.",
      async (isDefault, other) => {
        const { output } = await fixture.folder.mustRun(
          ["exec", "./src/scripts/two-providers.js", isDefault],
          {
            databaseUrl: fixture.database.url,
            env: { DEFAULT_CACHE: isDefault },
          }
        )
        expect(output).toContain(`still held by: ${other}\n`)
      },
      COMMAND_LIMIT_MS
    )
  }
)
