import { writeFile } from "node:fs/promises"
import path from "node:path"
import { startEmbedded, type EmbeddedServer } from "../postgres/embedded"
import type { StartOptions } from "../postgres"
import { withClient } from "../postgres/server"
import { embeddedFolder } from "../postgres/source"

// The machine does not fail, only the server: what it wrote is there after a kill, flushed or not.
const SETTINGS = { fsync: "off", full_page_writes: "off" }

/**
 * A PostgreSQL of one test's own, for what nobody may do to the server of the run. Whatever becomes of the
 * test, server and data go with its process.
 */
export class OwnServer {
  private constructor(private readonly server: EmbeddedServer) {}

  /** Embedded, even where the run itself uses another server. */
  static async start(options: StartOptions = {}): Promise<OwnServer> {
    return new OwnServer(
      await startEmbedded(embeddedFolder(), {
        ...options,
        settings: { ...SETTINGS, ...options.settings },
      })
    )
  }

  /** The superuser's URL of the database `postgres`. */
  get url(): string {
    return this.server.url
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  createDatabase(name?: string): Promise<string> {
    return this.server.createDatabase(name)
  }

  /** Ends it as an administrator does: connections are closed, everything is written. */
  readonly stop = (): Promise<void> => this.server.order("stop")
  /** Starts it again with the same data, on the same port. */
  readonly start = (): Promise<void> => this.server.order("start")
  /** SIGKILL for all its processes at once. Started again it recovers, and empties unlogged tables. */
  readonly kill = (): Promise<void> => this.server.order("kill")
  /** SIGSTOP for all its processes: connections stay, nothing answers. */
  readonly pause = (): Promise<void> => this.server.order("pause")
  readonly continue = (): Promise<void> => this.server.order("continue")

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Starts it, after a stop, as a standby: readable, but for unlogged tables, until it is promoted. */
  async startAsStandby(dataDirectory: string): Promise<void> {
    await writeFile(path.join(dataDirectory, "standby.signal"), "", {
      mode: 0o666,
    })
    await this.start()
  }

  /** Runs one statement as the superuser, in the database of the URL. */
  async sql<Row extends object>(text: string, url = this.url): Promise<Row[]> {
    return (await withClient(url, (client) => client.query<Row>(text))).rows
  }

  /** Removes server and data. */
  async close(): Promise<void> {
    await this.server.stop()
  }
}
