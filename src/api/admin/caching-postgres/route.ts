import type {
  AuthenticatedMedusaRequest,
  MedusaResponse,
} from "@medusajs/framework/http"
import type { MedusaContainer } from "@medusajs/framework/types"
import { maskUrls } from "../../../log"
import type { PostgresCachingProvider } from "../../../services"
import type { CacheStats, Usage as Counted } from "../../../stats"
import type { Cache, Contents, OverviewAnswer, Usage } from "../../answers"
import { askedFor } from "../../answering"
import {
  chooseProvider,
  findProviders,
  productTitles,
  showsValues,
} from "../../shop"

const PRODUCT_TAG = "Product:"

type Request = AuthenticatedMedusaRequest<
  { provider_id?: string },
  { provider_id?: string }
>

export async function GET(
  req: Request,
  res: MedusaResponse<OverviewAnswer>
): Promise<void> {
  const found = findProviders(req.scope)
  const chosen = chooseProvider(found, askedFor(req).provider_id)
  const providers = found.map(({ id, namespace, is_default }) => {
    return { id, namespace, is_default }
  })
  let cache: Cache | null = null
  if (chosen) {
    const { provider, ...registration } = chosen
    cache = { ...registration, ...(await examine(provider, req.scope)) }
  }
  res.json({ providers, cache, values: showsValues(req.scope) })
}

async function examine(
  provider: PostgresCachingProvider,
  container: MedusaContainer
): Promise<Omit<Cache, "id" | "namespace" | "is_default">> {
  const contents = await readContents(provider, container)
  // After the statement: where it failed, the status says why.
  const { state, since, reason, pendingClears, nearCache } = provider.status()
  const { maxEntries, maxBytes, maxEntryBytes, ...options } = provider.options
  const near = options.nearCache
  return {
    state: state === "reads only" ? "reads_only" : state,
    since: since.toISOString(),
    reason: reason && maskUrls(reason),
    pending_clears: pendingClears,
    limits: {
      entries: limitOf(maxEntries),
      bytes: limitOf(maxBytes),
      entry_bytes: maxEntryBytes,
    },
    near_cache: nearCache && {
      is_listening: nearCache.isListening,
      entries: nearCache.entries,
      bytes: nearCache.bytes,
      max_bytes: near ? near.maxBytes : 0,
      hits: nearCache.hits,
    },
    contents,
  }
}

async function readContents(
  provider: PostgresCachingProvider,
  container: MedusaContainer
): Promise<Contents | null> {
  if (provider.status().state === "off") {
    return null
  }
  try {
    return await contentsOf(await provider.stats(), container)
  } catch {
    return null
  }
}

async function contentsOf(
  stats: CacheStats,
  container: MedusaContainer
): Promise<Contents> {
  const { lastSweep } = stats
  const products = stats.topProducts.map(({ tag, entries }) => {
    return { id: tag.slice(PRODUCT_TAG.length), tag, entries }
  })
  const ids = products.map(({ id }) => id)
  const titles = await productTitles(container, ids)
  return {
    entries: stats.entries,
    counted_percent: stats.countedPercent,
    bytes: stats.bytes,
    sampled_percent: stats.sampledPercent,
    oldest_entry: stats.oldestEntry?.toISOString() ?? null,
    table_bytes: stats.tables.reduce((sum, { bytes }) => sum + bytes, 0),
    last_hour: usageOf(stats.lastHour),
    last_day: usageOf(stats.lastDay),
    top_tags: stats.topTags,
    top_products: products.map((product) => {
      return { ...product, title: titles.get(product.id) ?? null }
    }),
    near_caches: stats.nearCaches.map((near) => ({
      id: near.id,
      process: near.process,
      worker_mode: near.workerMode,
      started_at: near.startedAt.toISOString(),
      reported_at: near.reportedAt.toISOString(),
      is_listening: near.isListening,
      entries: near.entries,
      bytes: near.bytes,
      max_bytes: near.maxBytes,
      hits: near.hits,
      reads: near.reads,
    })),
    last_sweep: lastSweep && { ...lastSweep, at: lastSweep.at.toISOString() },
  }
}

function usageOf({ hits, misses, sets, removed, hitRate }: Counted): Usage {
  return { hits, misses, sets, removed, hit_rate: hitRate }
}

/** JSON has no `Infinity`. */
const limitOf = (limit: number) => (limit === Infinity ? null : limit)
