import type { CacheStats } from "../../stats"
import { statsAsText } from "../commands/stats"

const NOW = Date.parse("2026-01-02T03:04:05Z")

const EXACT: CacheStats = {
  namespace: "medusa",
  countedPercent: 100,
  sampledPercent: 100,
  entries: 1_234,
  bytes: 3_500_000,
  oldestEntry: new Date(NOW - 7_500_000),
  topTags: [{ tag: "Product:1", entries: 12 }],
  topProducts: [{ tag: "Product:1", entries: 12 }],
  tables: [
    {
      name: "caching_postgres_entry",
      bytes: 5_000_000,
      liveRows: 1_200,
      deadRows: 60,
      deadShare: 0.0476,
      lastVacuum: new Date(NOW - 61_000),
    },
  ],
  nearCache: null,
  nearCaches: [
    {
      id: "00000000-0000-0000-0000-000000000001",
      process: "web:42",
      workerMode: "server",
      startedAt: new Date(NOW - 86_400_000),
      reportedAt: new Date(NOW - 40_000),
      isListening: true,
      entries: 1_200,
      bytes: 3_145_728,
      maxBytes: 33_554_432,
      hits: 800,
      reads: 1_000,
    },
    {
      id: "00000000-0000-0000-0000-000000000002",
      process: "worker:7",
      workerMode: null,
      startedAt: new Date(NOW - 86_400_000),
      reportedAt: new Date(NOW - 20_000),
      isListening: false,
      entries: 0,
      bytes: 0,
      maxBytes: 33_554_432,
      hits: 0,
      reads: 5,
    },
  ],
  hits: 0,
  misses: 0,
  hitRate: null,
  lastHour: {
    hits: 900,
    nearHits: 300,
    misses: 100,
    hitRate: 0.9,
    sets: 1_100,
    removed: 50,
  },
  lastDay: {
    hits: 0,
    nearHits: 0,
    misses: 0,
    hitRate: null,
    sets: 0,
    removed: 0,
  },
  lastSweep: {
    at: new Date(NOW - 30_000),
    seconds: 0.0123,
    expired: 3,
    evicted: 0,
    orphans: 0,
  },
}

describe("stats as text", () => {
  it("Stats are printed completely, in columns.", () => {
    expect(statsAsText(EXACT, NOW).join("\n")).toBe(
      `
Namespace     medusa
Entries       1,234 (exact)
Size          3.3 MB (exact)
Oldest entry  set 2 h 5 min ago
Last hour     90 % hits of 1,000 reads, 1,100 sets, 50 removed
Last day      no reads, 0 sets, 0 removed
Last sweep    30 s ago: 3 expired, 0 evicted, took 0.01 s

Table (all namespaces)  On disk    Rows   Dead  Vacuumed
caching_postgres_entry   4.8 MB  ~1,200  4.8 %  1 min 1 s ago

Near cache of       Entries             Size           Hits  Reported
web:42 (server)       1,200  3.0 MB of 32 MB  80 % of 1,000  40 s ago
worker:7         not in use     0 B of 32 MB       0 % of 5  20 s ago

Tags with the most entries  Entries
Product:1                        12
`.trim()
    )
  })

  it("The tables of stats fit into 80 columns with large numbers and long texts.", () => {
    const [listening, idle] = EXACT.nearCaches
    const usage = {
      ...EXACT.lastHour,
      hits: 912_345_678,
      misses: 12_345_678,
      hitRate: 0.98665,
      sets: 123_456_789,
      removed: 98_765_432,
    }
    const nearCache = {
      ...listening!,
      process: "storefront-7f9c6d8b5-x2x7q.europe-west1:4194303",
      reportedAt: new Date(NOW - 179_000),
      entries: 1_234_567,
      bytes: 1_000 * 2 ** 20,
      maxBytes: 1_001 * 2 ** 20,
      hits: 45_678_901,
      reads: 912_345_678,
    }
    const error =
      "cannot connect to postgres://shop:***@cache-b.europe-west1.example.com:5432/cache: connect ECONNREFUSED 10.132.0.17:5432"
    const [table] = EXACT.tables
    const stats: CacheStats = {
      ...EXACT,
      topTags: [{ tag: `Product:${"x".repeat(100)}`, entries: 912_345_678 }],
      tables: [
        {
          ...table!,
          name: "caching_postgres_entry_option",
          bytes: 2_000 * 2 ** 40,
          liveRows: 9_123_456_789,
          lastVacuum: new Date(NOW - 86_399_000),
        },
      ],
      nearCaches: [nearCache, idle!],
      servers: [
        {
          name: "x".repeat(63),
          stats: {
            ...EXACT,
            entries: 123_456_789,
            bytes: 1_000 * 2 ** 30,
            lastHour: usage,
          },
        },
        { name: "b", error },
      ],
    }
    const lines = statsAsText(stats, NOW, 80)
    // The error is no cell: it stays whole below its table.
    expect(lines).toContain(`b: ${error}`)
    const isTooLong = (line: string) =>
      line.length > 80 && !line.startsWith("b: ")
    expect(lines.filter(isTooLong)).toEqual([])
    for (const cell of [
      "99 % hits of 924,691,356 reads",
      "5.0 % of 912,345,678",
      "2 min 59 s ago",
    ]) {
      expect(lines.join("\n")).toContain(cell)
    }
  })

  it("Stats mark estimates and say what share of the entries they are based on.", () => {
    const text = statsAsText({ ...EXACT, sampledPercent: 2.5 }, NOW).join("\n")
    expect(text).toMatch(/^Entries +1,234 \(exact\)$/m)
    expect(text).toMatch(
      /^Size +~3\.3 MB \(estimated from 2\.5 % of the entries\)$/m
    )
    expect(text).toMatch(/^Oldest entry +~set /m)
    expect(text).toMatch(/^Product:1 +~12$/m)
    expect(
      statsAsText({ ...EXACT, countedPercent: 50 }, NOW).join("\n")
    ).toMatch(/^Entries +~1,234 \(estimated from 50 % of the entries\)$/m)
  })
})
