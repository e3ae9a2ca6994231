import { findFreePort } from "../local-server"
import { AdminApi, type Product } from "./admin-api"
import { isErrorLine, type Exit, type NodeChild } from "./child"
import { expectBody, fetchJson, type Reply, type RequestOptions } from "./http"
import type { CommandOptions, ShopFolder } from "./shop-folder"
import { waitFor } from "../wait"

const START_LIMIT_MS = 60_000

export interface StartOptions extends CommandOptions {
  readonly workerMode?: "shared" | "server" | "worker"
  /** With `develop` the shop is a child of the command's process. */
  readonly command?: "start" | "develop"
}

/** A shop that answers on a port of its own. */
export class RunningShop {
  constructor(
    readonly url: string,
    readonly process: NodeChild
  ) {}

  async request(path: string, options?: RequestOptions): Promise<Reply> {
    return fetchJson(this.url + path, options)
  }

  /** The list of all published products, read through the cache. */
  async listProducts(): Promise<Product[]> {
    return (await this.#read<Product>("/cached/products")).products
  }

  /** The page of one product, read through the cache; nothing when there is no such product. */
  async findProduct(id: string): Promise<Product | undefined> {
    const reply = await this.request(`/cached/products/${id}`)
    return reply.status === 404
      ? undefined
      : expectBody<{ product: Product }>(reply).product
  }

  /** The titles that are cached with `autoInvalidate: false`. */
  async listPosterTitles(): Promise<string[]> {
    const { products } = await this.#read<{ title: string }>("/cached/poster")
    return products.map(({ title }) => title).sort()
  }

  async signIn(email: string, password: string): Promise<AdminApi> {
    const reply = await this.request("/auth/user/emailpass", {
      method: "POST",
      body: { email, password },
    })
    return new AdminApi(this.url, expectBody<{ token: string }>(reply).token)
  }

  /** The lines that the shop logged as errors. */
  errorLines(): string[] {
    return this.process.lines.filter((line) => isErrorLine(line))
  }

  /** @param graceMs after which it is killed */
  async stop(graceMs?: number): Promise<Exit> {
    return this.process.stop(graceMs)
  }

  async #read<T>(path: string): Promise<{ products: T[] }> {
    return expectBody(await this.request(path))
  }
}

/** Runs `medusa start`, or `medusa develop`, and comes back when the shop answers. */
export async function startShop(
  shop: ShopFolder,
  options: StartOptions
): Promise<RunningShop> {
  const port = await findFreePort()
  const { command = "start", workerMode = "shared", env } = options
  const child = shop.spawn(
    [command, "--port", String(port), "--host", "127.0.0.1"],
    { ...options, env: { MEDUSA_WORKER_MODE: workerMode, ...env } }
  )
  const running = new RunningShop(`http://127.0.0.1:${port}`, child)

  try {
    await waitFor("the shop to answer", () => answersHealth(running), {
      timeoutMs: START_LIMIT_MS,
      describe: () => child.summary,
      stop: () =>
        child.exit && `it ended with ${child.exit.code ?? child.exit.signal}`,
    })
  } catch (error) {
    await child.stop()
    throw error
  }
  return running
}

async function answersHealth(shop: RunningShop): Promise<true | undefined> {
  try {
    return (await shop.request("/health")).status === 200 ? true : undefined
  } catch {
    return undefined
  }
}
