import Medusa from "@medusajs/js-sdk"
import {
  keepPreviousData,
  useQuery,
  type UseQueryResult,
} from "@tanstack/react-query"
import type {
  ClearAnswer,
  DetailsAnswer,
  DoctorAnswer,
  EntriesAnswer,
  Order,
  OverviewAnswer,
  Period,
  SweepAnswer,
  UsageAnswer,
} from "../../api/answers"

// The build of the shop's admin puts its settings in the place of these names.
declare const __BACKEND_URL__: string | undefined
declare const __AUTH_TYPE__: "session" | "jwt" | undefined
declare const __JWT_TOKEN_STORAGE_KEY__: string | undefined

const sdk = new Medusa({
  baseUrl: (typeof __BACKEND_URL__ !== "undefined" && __BACKEND_URL__) || "/",
  auth: {
    type: (typeof __AUTH_TYPE__ !== "undefined" && __AUTH_TYPE__) || "session",
    jwtTokenStorageKey:
      (typeof __JWT_TOKEN_STORAGE_KEY__ !== "undefined" &&
        __JWT_TOKEN_STORAGE_KEY__) ||
      undefined,
  },
})

/** The first part of the key of every query here. */
export const QUERIES = "caching-postgres"
const REFRESH_MS = 10_000
/** The server gives up sooner. Without a limit, a request that hangs would stop the refreshing, and nothing would say so. */
const MAX_MS = 30_000
/**
 * A person waits for it, and is told at once, also where the browser is offline. The admin's own default would show an
 * answer of up to 90 s before instead of asking again.
 */
const ONCE = { retry: false, networkMode: "always", staleTime: 0 } as const

/** Which registration is meant; none: the default. */
export type ProviderId = string | undefined

/** What a clear removes. */
export type Selection =
  { readonly key: string } | { readonly tag: string } | { readonly all: true }

const get = <T>(
  path: string,
  query: Record<string, string | number | undefined>
): Promise<T> =>
  sdk.client.fetch<T>(`/admin/caching-postgres${path}`, {
    query,
    signal: AbortSignal.timeout(MAX_MS),
  })

const post = <T>(path: string, body: object): Promise<T> =>
  sdk.client.fetch<T>(`/admin/caching-postgres${path}`, {
    method: "POST",
    body,
  })

export function useOverview(
  provider_id: ProviderId
): UseQueryResult<OverviewAnswer> {
  return useQuery({
    ...ONCE,
    queryKey: [QUERIES, "overview", provider_id],
    queryFn: () => get<OverviewAnswer>("", { provider_id }),
    refetchInterval: REFRESH_MS,
  })
}

export function useUsage(
  provider_id: ProviderId,
  period: Period
): UseQueryResult<UsageAnswer> {
  return useQuery({
    ...ONCE,
    queryKey: [QUERIES, "usage", provider_id, period],
    queryFn: () => get<UsageAnswer>("/usage", { provider_id, period }),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  })
}

/**
 * A list is not refreshed by itself: the largest entries of a million take the database a second.
 *
 * @param q a key or a tag; without, all entries are listed
 */
export function useEntries(
  provider_id: ProviderId,
  order: Order,
  q: string | undefined
): UseQueryResult<EntriesAnswer> {
  return useQuery({
    ...ONCE,
    queryKey: [QUERIES, "entries", provider_id, order, q],
    queryFn: () =>
      q === undefined
        ? get<EntriesAnswer>("/entries", { provider_id, order })
        : post<EntriesAnswer>("/entries/search", { provider_id, q }),
    placeholderData: keepPreviousData,
  })
}

/** How many entries have a tag. */
export function useTagged(
  provider_id: ProviderId,
  tag: string
): UseQueryResult<EntriesAnswer> {
  return useQuery({
    ...ONCE,
    queryKey: [QUERIES, "tagged", provider_id, tag],
    queryFn: () => search(provider_id, tag),
    refetchInterval: REFRESH_MS,
  })
}

export function useDetails(
  provider_id: ProviderId,
  key: string,
  value: boolean
): UseQueryResult<DetailsAnswer> {
  return useQuery({
    ...ONCE,
    queryKey: [QUERIES, "details", provider_id, key, value],
    queryFn: () =>
      post<DetailsAnswer>("/entries/details", { provider_id, key, value }),
    placeholderData: keepPreviousData,
    // A value does not stay in the browser's memory.
    gcTime: 0,
  })
}

export function useDoctor(
  provider_id: ProviderId
): UseQueryResult<DoctorAnswer> {
  return useQuery({
    ...ONCE,
    // Not among those that a clear makes outdated.
    queryKey: [`${QUERIES}-doctor`, provider_id],
    queryFn: () => get<DoctorAnswer>("/doctor", { provider_id }),
    staleTime: Infinity,
  })
}

const search = (provider_id: ProviderId, tag: string) =>
  post<EntriesAnswer>("/entries/search", { provider_id, tag, limit: 1 })

/** @returns how many entries a clear would remove; null where the database does not say */
export async function countOf(
  provider_id: ProviderId,
  what: Selection
): Promise<number | null> {
  if ("key" in what) {
    return 1
  }
  const counting =
    "tag" in what
      ? search(provider_id, what.tag)
      : get<EntriesAnswer>("/entries", { provider_id, limit: 1 })
  return counting.then(({ count }) => count).catch(() => null)
}

export const clear = (
  provider_id: ProviderId,
  what: Selection
): Promise<ClearAnswer> => post("/clear", { provider_id, ...what })

export const sweep = (provider_id: ProviderId): Promise<SweepAnswer> =>
  post("/sweep", { provider_id })
