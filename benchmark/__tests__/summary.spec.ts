import { LatencyHistogram } from "../measure/latency-histogram"
import { inARow, roundOf, sliceOf } from "../measure/slice"
import { median, ratios } from "../measure/summary"

const slice = (operations: number, milliseconds: number) => ({
  operations,
  milliseconds,
  latencies: LatencyHistogram.empty().counted,
})

describe("median", () => {
  it("The median of an odd number of values is the middle one, in any order.", () => {
    expect(median([9, 1, 10])).toBe(9)
  })

  it("The median of an even number of values is between the two in the middle.", () => {
    expect(median([4, 1, 3, 100])).toBe(3.5)
  })
})

describe("ratios", () => {
  it("Ratios are formed pair by pair.", () => {
    // The second round was slow for both.
    expect(ratios([200, 20, 300], [100, 10, 50])).toEqual({
      median: 2,
      min: 2,
      max: 6,
    })
  })

  it("Ratios of rounds without a counterpart are refused.", () => {
    expect(() => ratios([1, 2], [1])).toThrow("2 rounds")
    expect(() => ratios([], [])).toThrow("0 rounds")
  })
})

describe("roundOf", () => {
  it("A round takes the slices of one process together.", () => {
    expect(roundOf([[slice(10, 100), slice(20, 200)]]).opsPerSecond).toBe(100)
  })

  it("A round adds up what several processes do at the same time.", () => {
    const { opsPerSecond } = roundOf([[slice(10, 100)], [slice(30, 100)]])

    expect(opsPerSecond).toBe(400)
  })
})

describe("sliceOf", () => {
  it("A slice takes the sum of its times, unless more time was spent.", () => {
    expect(sliceOf([1, 2])).toMatchObject({ operations: 2, milliseconds: 3 })
    expect(sliceOf([], 100)).toMatchObject({ operations: 0, milliseconds: 100 })
  })
})

describe("inARow", () => {
  it("Slices in a row add up their calls, times and latencies.", () => {
    const slice = inARow([sliceOf([1]), sliceOf([3, 3])])

    expect(slice).toMatchObject({ operations: 3, milliseconds: 7 })
    expect(slice.latencies.reduce((sum, count) => sum + count)).toBe(3)
  })
})
