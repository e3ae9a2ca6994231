import { LatencyHistogram } from "../measure/latency-histogram"

const histogramOf = (times: number[]) => {
  const histogram = LatencyHistogram.empty()
  times.forEach((time) => histogram.record(time))
  return histogram
}

/** Within the one per cent that a bucket is wide. */
const expectAbout = (value: number, expected: number) =>
  expect(Math.abs(value / expected - 1)).toBeLessThan(0.01)

describe("a histogram of latencies", () => {
  it("A latency histogram gives the median and the 99th percentile.", () => {
    const times = Array.from({ length: 1000 }, (_, n) => n + 1)
    const histogram = histogramOf(times)

    expectAbout(histogram.quantile(0.5), 500)
    expectAbout(histogram.quantile(0.99), 990)
    expectAbout(histogram.quantile(1), 1000)
  })

  it("A latency histogram of a single time gives it for every quantile.", () => {
    const histogram = histogramOf([0.123])

    expectAbout(histogram.quantile(0.01), 0.123)
    expectAbout(histogram.quantile(0.99), 0.123)
  })

  it("A latency histogram is as exact for microseconds as for minutes.", () => {
    expectAbout(histogramOf([0.001]).quantile(0.5), 0.001)
    expectAbout(histogramOf([60_000]).quantile(0.5), 60_000)
  })

  it("A latency histogram counts times beyond its range at its ends.", () => {
    const histogram = histogramOf([0, 1e12])

    expect(histogram.quantile(0.1)).toBeLessThan(0.001)
    expect(histogram.quantile(1)).toBeGreaterThan(900_000)
  })

  it("A latency histogram adds up with one that came from another process.", () => {
    const histogram = histogramOf([1, 1, 1])
    histogram.add(LatencyHistogram.from(histogramOf([100]).counted))

    expectAbout(histogram.quantile(0.75), 1)
    expectAbout(histogram.quantile(1), 100)
  })

  it("A latency histogram has no quantile if nothing was recorded.", () => {
    expect(histogramOf([]).quantile(0.5)).toBeNaN()
  })
})
