import fc from "fast-check"
import { hostileName, key, tags, weighted } from "./names"

export interface Flags {
  readonly autoInvalidate?: boolean
}

/** What a get or a clear is about. */
export interface Selection {
  readonly key?: string
  readonly tags?: string[]
}

export interface Get extends Selection {
  readonly do: "get"
}

export interface SetStep {
  readonly do: "set"
  readonly key: string
  readonly data: unknown
  readonly tags?: string[]
  readonly ttl?: number | string
  readonly options?: Flags
}

/** A set of what cannot be stored: it is refused, and nothing changes. */
export interface RefusedSet {
  readonly do: "refused set"
  readonly key: string
  readonly data: unknown
}

export interface Clear extends Selection {
  readonly do: "clear"
  readonly options?: Flags
}

export type Write = SetStep | RefusedSet | Clear

export type Step =
  | Get
  | Write
  /** Asked for without waiting for any of them. */
  | { readonly do: "at once"; readonly writes: readonly Write[] }
  | { readonly do: "get at once"; readonly gets: readonly Get[] }
  | { readonly do: "pass time"; readonly seconds: number }
  | { readonly do: "sweep" }

/** Seconds that an entry lives when its set names none. */
export const DEFAULT_TTL = 450
/** Bytes of JSON that the provider takes; some of the values are larger. */
export const MAX_ENTRY_BYTES = 300

/**
 * Time passes in hundreds of seconds and TTLs lie in between, so that the time which the test itself
 * takes never decides.
 */
const seconds = fc.constantFrom(100, 200, 500)
const ttl = fc.constantFrom(150, 250, 1_050, "150", 0, Infinity, -1)

const flags = fc.oneof(
  weighted(
    4,
    fc.constantFrom<Flags[]>(
      { autoInvalidate: false },
      { autoInvalidate: true }
    )
  ),
  weighted(1, fc.constantFrom<Flags[]>({ autoInvalidate: undefined }, {}))
)

const data = fc.oneof(
  weighted(6, fc.jsonValue({ maxDepth: 2 })),
  weighted(1, hostileName),
  weighted(1, fc.dictionary(hostileName, fc.nat(), { maxKeys: 2 })),
  weighted(1, fc.constantFrom(null, 0, false, "")),
  weighted(
    1,
    fc.constantFrom("x".repeat(1_000), "é".repeat(149), "é".repeat(150))
  )
)

/** Of the optional fields each is there or not. */
const set: fc.Arbitrary<SetStep> = fc.record(
  { do: fc.constant("set" as const), key, data, tags, ttl, options: flags },
  { requiredKeys: ["do", "key", "data"] }
)

const refusedSet: fc.Arbitrary<RefusedSet> = fc.record({
  do: fc.constant("refused set" as const),
  key,
  data: fc.constantFrom<unknown[]>(undefined, 1n, { deep: [1n] }),
})

/** By key, by tags, and now and then by both or neither; an empty key counts as none. */
const selection: fc.Arbitrary<Selection> = fc.oneof(
  weighted(3, fc.record({ key })),
  weighted(4, fc.record({ tags })),
  weighted(
    1,
    fc.record(
      { key: fc.oneof(key, fc.constant("")), tags },
      { requiredKeys: [] }
    )
  )
)

const get: fc.Arbitrary<Get> = selection.map((selected) => ({
  do: "get",
  ...selected,
}))

const clear: fc.Arbitrary<Clear> = fc
  .tuple(selection, fc.record({ options: flags }, { requiredKeys: [] }))
  .map(([selected, options]) => ({ do: "clear", ...selected, ...options }))

/** Steps of every kind, for a cache that does all that the documentation says. */
export const step = stepsOf({ set, clear, refusedSet, sweeps: true })

/**
 * What Medusa's memory provider does as documented, too. It is left out that
 *
 * - a set without tags keeps the tags and options of the entry it replaces,
 * - a clear of a key takes no notice of options,
 * - a get by tags gives entries that hold null, and its order is that of the tags (the comparison
 *   takes no notice of the order),
 * - a TTL is a number, a value of any size is stored, and there is no sweep to ask for.
 */
export const commonStep = stepsOf({
  set: set
    .map((any) => ({ ...any, data: any.data ?? "not null" }))
    .map((any) => ({ ...any, tags: any.tags?.length ? any.tags : ["x"] }))
    .map((any) => ({ ...any, ttl: any.ttl === "150" ? 150 : any.ttl }))
    .filter((any) => sizeOf(any.data) <= MAX_ENTRY_BYTES),
  clear: clear.map((any) => (any.key ? { ...any, options: undefined } : any)),
})

interface Kinds {
  readonly set: fc.Arbitrary<SetStep>
  readonly clear: fc.Arbitrary<Clear>
  readonly refusedSet?: fc.Arbitrary<RefusedSet>
  readonly sweeps?: boolean
}

function stepsOf({
  set,
  clear,
  refusedSet,
  sweeps,
}: Kinds): fc.Arbitrary<Step> {
  const write = fc.oneof(
    weighted(6, set),
    weighted(4, clear),
    ...(refusedSet ? [weighted(1, refusedSet)] : [])
  )
  const several = { minLength: 2, maxLength: 6 }
  return fc.oneof(
    weighted(10, write),
    weighted(4, get),
    weighted(
      3,
      fc.record({
        do: fc.constant("at once" as const),
        writes: fc.array(write, several),
      })
    ),
    weighted(
      1,
      fc.record({
        do: fc.constant("get at once" as const),
        gets: fc.array(get, several),
      })
    ),
    weighted(3, fc.record({ do: fc.constant("pass time" as const), seconds })),
    ...(sweeps
      ? [weighted(1, fc.record({ do: fc.constant("sweep" as const) }))]
      : [])
  )
}

export function sizeOf(data: unknown): number {
  return Buffer.byteLength(JSON.stringify(data))
}
