import type { Cleanup } from "../integration-tests/support/cleanup"
import { OwnServer } from "../integration-tests/support/faults/own-server"
import { TcpProxy } from "../integration-tests/support/faults/tcp-proxy"
import { migrate } from "../integration-tests/support/provider/migrate"
import { startDatabaseServer } from "../integration-tests/support/postgres/database-server"
import { query } from "../integration-tests/support/postgres/server"
import { beginList } from "../integration-tests/support/provider/test-cache"
import type { Arguments } from "./arguments"

export const UNDISTURBED_SECONDS = 60
const STALL_SECONDS = 5
const [RESTART_AT, STALL_AT] = [0.4, 0.55]

/** The database of a run, and what happens to it. */
export interface Database {
  /** Of the source of truth, which no fault of the network reaches. */
  readonly sourceUrl: string
  /** Of the cache. */
  readonly url: string
  /** Of the cache, too, where the keys are spread over several. */
  readonly otherUrls: readonly string[]
  /** Brings about the faults of this second. */
  disturb(second: number, seconds: number): Promise<void>
}

export async function startDatabase(
  cleanup: Cleanup,
  { faults, servers }: Pick<Arguments, "faults" | "servers">,
  say: (line: string) => void
): Promise<Database> {
  const given = process.env.DATABASE_URL && !faults
  if (given) {
    const server = await startDatabaseServer(say)
    cleanup.add(() => server.stop())
    const url = await server.createDatabase()
    await migrate("run", { clientUrl: url })
    const otherUrls = await createOthers(server, url, servers)
    return { sourceUrl: url, url, otherUrls, disturb: () => Promise.resolve() }
  }
  // Autovacuum looks more often than once a minute, as all of this happens faster than in a shop.
  const server = await OwnServer.start({
    settings: { autovacuum_naptime: "5s" },
    onProgress: say,
  })
  cleanup.add(() => server.close())
  const sourceUrl = await server.createDatabase()
  await migrate("run", { clientUrl: sourceUrl })
  const otherUrls = await createOthers(server, sourceUrl, servers)
  if (!faults) {
    const disturb = () => Promise.resolve()
    return { sourceUrl, url: sourceUrl, otherUrls, disturb }
  }
  const proxy = await TcpProxy.to(sourceUrl)
  cleanup.add(() => proxy.close())
  proxy.delay(faults.roundTrip / 2)
  return {
    sourceUrl,
    url: proxy.url(sourceUrl),
    otherUrls,
    async disturb(second, seconds) {
      const { outages, cutEvery, roundTrip } = faults
      if (cutEvery && second > UNDISTURBED_SECONDS && second % cutEvery === 0) {
        proxy.cut()
      }
      if (outages && second === Math.floor(seconds * RESTART_AT)) {
        say(`${second} s: the database is restarted`)
        await server.restart()
      }
      if (outages && second === Math.floor(seconds * STALL_AT)) {
        say(`${second} s: the database stalls for ${STALL_SECONDS} s`)
        proxy.stall()
        setTimeout(() => {
          void proxy.restore().then(() => proxy.delay(roundTrip / 2))
        }, STALL_SECONDS * 1_000)
      }
    },
  }
}

/** Further databases of the server, and the list of all. */
async function createOthers(
  server: { createDatabase(): Promise<string> },
  first: string,
  count: number
): Promise<string[]> {
  const others: string[] = []
  while (others.length + 1 < count) {
    const url = await server.createDatabase()
    await migrate("run", { clientUrl: url })
    others.push(url)
  }
  if (others.length > 0) {
    await beginList([first, ...others])
  }
  return others
}

export async function bytesOfEntries({
  sourceUrl,
  otherUrls,
}: Database): Promise<number> {
  const bytes = await Promise.all([sourceUrl, ...otherUrls].map(bytesIn))
  return bytes.reduce((sum, one) => sum + one)
}

async function bytesIn(url: string): Promise<number> {
  const [bytes] = await query(
    url,
    `select sum(pg_total_relation_size(oid)) from pg_class
     where relname like 'caching\\_postgres\\_entry%' and relkind = 'r'`
  )
  return Number(bytes)
}
