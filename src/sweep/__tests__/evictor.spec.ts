import { excessOf, type Measurement, sizeOf } from "../evictor"

const EXACT: Measurement = {
  counted: 120,
  share: 1,
  sampled: 120,
  meanBytes: 1_000,
  deviation: 500,
}
/** Half of 10,000 entries counted: one standard deviation is 100 entries. */
const HALF: Measurement = { ...EXACT, counted: 5_000, share: 0.5 }
const NONE = { maxEntries: Infinity, maxBytes: Infinity }

describe("Limits", () => {
  it("An exact count evicts exactly what is too much.", () => {
    expect(excessOf(EXACT, { ...NONE, maxEntries: 100 })).toBe(20)
    expect(excessOf(EXACT, { ...NONE, maxEntries: 120 })).toBe(0)
    expect(excessOf(EXACT, { ...NONE, maxBytes: 100_500 })).toBe(20)
    expect(excessOf(EXACT, NONE)).toBe(0)
  })

  it("The limit that is exceeded by more entries decides.", () => {
    expect(excessOf(EXACT, { maxEntries: 100, maxBytes: 50_000 })).toBe(70)
    expect(excessOf(EXACT, { maxEntries: 10, maxBytes: 50_000 })).toBe(110)
  })

  it("An estimated count evicts only what is beyond three standard deviations.", () => {
    expect(sizeOf(HALF).entries).toBe(10_000)
    // √(5,000 · (1 - 0.5)) / 0.5 = 100
    expect(excessOf(HALF, { ...NONE, maxEntries: 9_700 })).toBe(0)
    expect(excessOf(HALF, { ...NONE, maxEntries: 9_600 })).toBe(100)
  })

  it("Estimated bytes have the margin of the count and of the mean.", () => {
    const sampled = { ...HALF, sampled: 100 }
    // √(0.01² + 0.5² · (1/100 - 1/10,000)) ≈ 5.1 %
    expect(excessOf(sampled, { ...NONE, maxBytes: 8_500_000 })).toBe(0)
    expect(excessOf(sampled, { ...NONE, maxBytes: 8_000_000 })).toBeGreaterThan(
      400
    )
  })

  it("A few entries of wildly different sizes cause no eviction.", () => {
    const rare = { ...HALF, sampled: 1_000, deviation: 30_000 }
    expect(excessOf(rare, { ...NONE, maxBytes: 5_000_000 })).toBe(0)
  })

  it("Nothing is evicted from an empty namespace.", () => {
    const empty = {
      counted: 0,
      share: 1,
      sampled: 0,
      meanBytes: 0,
      deviation: 0,
    }
    expect(sizeOf(empty)).toEqual({ entries: 0, bytes: 0 })
    expect(excessOf(empty, { maxEntries: 1, maxBytes: 1 })).toBe(0)
  })
})
