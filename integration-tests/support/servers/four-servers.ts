import type { CachingPostgresOptions } from "../../../src"
import { resolveOptions } from "../../../src/options"
import { Router } from "../../../src/servers"
import type { PostgresCachingProvider } from "../../../src/services"
import { TcpProxy } from "../faults/tcp-proxy"
import { query } from "../postgres/server"
import { LONG_TIMEOUTS } from "../provider/long-timeouts"
import { serversAt, TestCache, testProvider } from "../provider/test-cache"
import type { Contender } from "../provider/contender"
import { TestLogger } from "../provider/test-logger"

/** Four databases that stand for the servers a, b, c and d, and belong to no list yet. */
export class FourServers {
  private constructor(readonly cache: TestCache) {}

  static async create(): Promise<FourServers> {
    const cache = await TestCache.create(4)
    await cache.sql("delete from caching_postgres_server")
    return new FourServers(cache)
  }

  get urls(): string[] {
    return this.cache.urls
  }

  /** @param names a letter each */
  optionsFor(names: string): CachingPostgresOptions {
    const servers = serversAt(this.urls)
    return {
      namespace: "medusa",
      timeouts: LONG_TIMEOUTS,
      database: { servers: servers.filter(({ name }) => names.includes(name)) },
    }
  }

  /** For the stress test: a process that knows these servers. */
  contender(names: string): Contender {
    return {
      provider: "postgres",
      url: this.urls[0]!,
      options: { ...this.optionsFor(names), sweep: "* * * * * *" },
    }
  }

  /** A process that knows these servers, and reaches some of them, by default all, through a proxy each. */
  async throughProxies(
    names: string,
    proxied = names
  ): Promise<{ provider: PostgresCachingProvider; proxies: TcpProxy[] }> {
    const proxies: TcpProxy[] = []
    const servers = serversAt(this.urls).slice(0, names.length)
    for (const server of servers.slice(0, proxied.length)) {
      const proxy = await TcpProxy.to(server.clientUrl)
      proxies.push(proxy)
      server.clientUrl = proxy.url(server.clientUrl)
    }
    const options = { ...this.optionsFor(names), database: { servers } }
    const provider = testProvider(this.urls[0]!, options, new TestLogger())
    return { provider, proxies }
  }

  /** The list as a server knows it. */
  async listOf(index: number): Promise<unknown> {
    const [list] = await query(
      this.urls[index]!,
      "select concat_ws(' ', generation, names, next_names) from caching_postgres_server"
    )
    return list
  }

  /** As an operator's command does it, with the options of a process that knows these servers. */
  async use(names: string, known = "abcd", gone?: string[]): Promise<void> {
    const router = new Router({
      logger: new TestLogger().asMedusaLogger,
      cachingPostgresOptions: resolveOptions(
        { sweep: false, ...this.optionsFor(known) },
        {}
      ),
    })
    await router.use([...names], gone).finally(() => router.close())
  }

  close(): Promise<void> {
    return this.cache.close()
  }
}
