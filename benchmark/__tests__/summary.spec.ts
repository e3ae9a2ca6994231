import { LatencyHistogram } from "../measure/latency-histogram"
import { roundOf } from "../measure/slice"
import { median, ratios } from "../measure/summary"

const slice = (operations: number, milliseconds: number) => ({
  operations,
  milliseconds,
  latencies: LatencyHistogram.empty().counted,
})

describe("median", () => {
  it("is the middle of an odd number of values, in any order", () => {
    expect(median([9, 1, 10])).toBe(9)
  })

  it("is between the two in the middle of an even number", () => {
    expect(median([4, 1, 3, 100])).toBe(3.5)
  })
})

describe("ratios", () => {
  it("compares pair by pair", () => {
    // The second round was slow for both.
    expect(ratios([200, 20, 300], [100, 10, 50])).toEqual({
      median: 2,
      min: 2,
      max: 6,
    })
  })

  it("refuses rounds that have no counterpart", () => {
    expect(() => ratios([1, 2], [1])).toThrow("2 rounds")
    expect(() => ratios([], [])).toThrow("0 rounds")
  })
})

describe("roundOf", () => {
  it("takes slices of one process together", () => {
    expect(roundOf([[slice(10, 100), slice(20, 200)]]).opsPerSecond).toBe(100)
  })

  it("adds up what processes do at the same time", () => {
    const { opsPerSecond } = roundOf([[slice(10, 100)], [slice(30, 100)]])

    expect(opsPerSecond).toBe(400)
  })
})
