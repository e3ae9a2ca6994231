import type { Cleanup } from "../../integration-tests/support/cleanup"
import { migrate } from "../../integration-tests/support/provider/migrate"
import type { ProviderName } from "../providers"
import {
  startDatabaseServer,
  type DatabaseServer,
} from "../../integration-tests/support/postgres/database-server"
import { startRedis } from "../../integration-tests/support/redis/redis"

/** The servers that a run works with. */
export class Servers {
  private constructor(
    private readonly databases: DatabaseServer,
    private readonly redisUrl: string,
    /** A database for the shop's own queries. */
    readonly shopUrl: string,
    /** Nothing without Redis. */
    readonly redisVersion?: string
  ) {}

  /** @param settings of a PostgreSQL that is started */
  static async start(
    cleanup: Cleanup,
    onProgress: (line: string) => void,
    settings?: Record<string, string>
  ): Promise<Servers> {
    onProgress("starting PostgreSQL")
    const databases = await startDatabaseServer(
      (line) => onProgress(`  ${line}`),
      settings
    )
    cleanup.add(() => databases.stop())

    const redis = await startRedis()
    cleanup.add(() => redis?.stop() ?? Promise.resolve())
    onProgress(
      redis
        ? `Redis ${redis.version}`
        : "no Redis: neither REDIS_URL nor a redis-server on the PATH; comparing with the rest"
    )
    return new Servers(
      databases,
      redis?.url ?? "",
      await databases.createDatabase(),
      redis?.version
    )
  }

  /** @returns the URL of a database of its own, of the Redis, or nothing where the provider needs none */
  async urlFor(provider: ProviderName): Promise<string> {
    switch (provider) {
      case "postgres":
      case "postgres-near":
      case "postgres-shared":
      case "postgres-lease": {
        const clientUrl = await this.databases.createDatabase()
        await migrate("run", { clientUrl })
        return clientUrl
      }
      case "baseline":
        return await this.databases.createDatabase()
      case "redis":
        return this.redisUrl
      case "memory":
        return ""
    }
  }
}
