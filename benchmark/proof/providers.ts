import { Client } from "@medusajs/framework/pg"
import type { ICachingProviderService } from "@medusajs/framework/types"
import { builtProvider } from "../../integration-tests/support/provider/built-provider.cjs"
import { quietLogger } from "../../integration-tests/support/provider/quiet-logger"
import { loadRedisProvider } from "../../integration-tests/support/redis/redis-provider"
import { TTL_SECONDS } from "./shop"

export interface Sample {
  readonly live: number
  /** Members of all tag sets, or rows that name a tag of an entry. */
  readonly members: number
  /** Those of them whose entry is gone or has expired. */
  readonly dead: number
  readonly bytes: number
}

/** A provider whose time runs faster. */
export interface Churned {
  readonly cache: ICachingProviderService
  readonly ttl: number
  sample(): Promise<Sample>
  close(): Promise<void>
}

type Reply = [error: Error | null, members: string[]]

interface Pipeline {
  expire(key: string, seconds: number): Pipeline
  pexpire(key: string, milliseconds: number): Pipeline
  smembers(key: string): Pipeline
  exec(): Promise<Reply[]>
}

interface RedisClient {
  pipeline(): Pipeline
  scan(
    cursor: string,
    match: "MATCH",
    pattern: string,
    count: "COUNT",
    number: number
  ): Promise<[cursor: string, keys: string[]]>
  info(section: "memory"): Promise<string>
  removeAllListeners(event: string): void
  disconnect(): void
}

/** @param speed seconds of the shop in one second; every expiry that the provider asks Redis for is that much shorter */
export async function churnedRedis(
  redisUrl: string,
  speed: number
): Promise<Churned> {
  const prefix = `proof-${Date.now()}:`
  const { cache, client } = await loadRedisProvider<RedisClient>(
    redisUrl,
    prefix
  )
  const newPipeline = client.pipeline.bind(client)
  client.pipeline = () => {
    const pipeline = newPipeline()
    pipeline.expire = (key, seconds) =>
      pipeline.pexpire(key, Math.round((seconds * 1000) / speed))
    return pipeline
  }

  const usedBytes = async () =>
    Number(/used_memory:(\d+)/.exec(await client.info("memory"))![1])
  const before = await usedBytes()
  const keys = async () => {
    const found = new Set<string>()
    let cursor = "0"
    do {
      const [next, some] = await client.scan(
        cursor,
        "MATCH",
        `${prefix}*`,
        "COUNT",
        1000
      )
      some.forEach((key) => found.add(key.slice(prefix.length)))
      cursor = next
    } while (cursor !== "0")
    return [...found]
  }
  return {
    cache,
    ttl: TTL_SECONDS,
    async sample() {
      const all = await keys()
      const live = new Set(all.filter((key) => !/^tags?:/.test(key)))
      const pipeline = newPipeline()
      const sets = all.filter((key) => key.startsWith("tag:"))
      sets.forEach((key) => pipeline.smembers(prefix + key))
      const members = (await pipeline.exec()).flatMap(([, members]) => members)
      return {
        live: live.size,
        members: members.length,
        dead: members.filter((key) => !live.has(key.slice(prefix.length)))
          .length,
        bytes: (await usedBytes()) - before,
      }
    },
    async close() {
      await cache.clear({ tags: ["*"] })
      client.removeAllListeners("close")
      client.disconnect()
    },
  }
}

/** Sweeps every second, which stands for some minutes of the shop: by default it sweeps every minute. */
export async function churnedPostgres(
  clientUrl: string,
  speed: number
): Promise<Churned> {
  const cache = builtProvider(clientUrl, { sweep: "* * * * * *" }, quietLogger)
  const client = new Client({ connectionString: clientUrl })
  await client.connect()
  const bytes = async () =>
    Number(
      (
        await client.query<{ bytes: string }>(
          `select sum(pg_total_relation_size(oid)) as bytes from pg_class
           where relname like 'caching\\_postgres\\_%' and relkind = 'r'`
        )
      ).rows[0]!.bytes
    )
  const before = await bytes()
  return {
    cache,
    ttl: TTL_SECONDS / speed,
    async sample() {
      // Autovacuum looks every minute, which is too seldom for time that runs faster.
      await client.query(
        "vacuum caching_postgres_entry, caching_postgres_entry_tag, caching_postgres_invalidation"
      )
      const { rows } = await client.query<Record<string, string>>(
        `with live as materialized
           (select id from caching_postgres_entry where expires_at > clock_timestamp())
         select
           (select count(*) from live) as live,
           (select count(*) from caching_postgres_entry_tag) as members,
           (select count(*) from caching_postgres_entry_tag where id not in (select id from live)) as dead`
      )
      return {
        live: Number(rows[0]!.live),
        members: Number(rows[0]!.members),
        dead: Number(rows[0]!.dead),
        bytes: (await bytes()) - before,
      }
    },
    async close() {
      await cache.idle()
      await cache.close()
      await client.end()
    },
  }
}
