import type { Contender } from "../stampede/contenders"
import { isBusy, problemsOf, type Round, summaryOf } from "../stampede/result"

const contender: Contender = {
  name: "cache",
  scene: "expired",
  provider: "postgres",
  required: { mostLoads: 2, mostWaiting: 1 },
}
const round = (loads: number, ...times: number[]): Round => ({ loads, times })

describe("the result of a stampede", () => {
  it("A summary counts the loads and the callers that waited in each round, and times all callers.", () => {
    const rounds = [round(1, 1, 60, 3), round(3, 2, 40, 30), round(2, 4, 5, 6)]
    expect(summaryOf({ contender, rounds })).toEqual({
      scene: "expired",
      name: "cache",
      loads: { median: 2, min: 1, max: 3 },
      waiting: { median: 1, min: 0, max: 2 },
      p50Ms: 5,
      p99Ms: 60,
    })
  })

  it("One round with more loads than required is a problem.", () => {
    const rounds = [round(1, 1), round(3, 1), round(1, 1)]
    expect(problemsOf([{ contender, rounds }])).toEqual([
      "expired, cache: 3 loads, at most 2",
    ])
  })

  it("Callers that wait are a problem only where more of them do in most rounds.", () => {
    const calm = round(1, 60, 1)
    const busy = round(1, 60, 60)
    expect(problemsOf([{ contender, rounds: [calm, busy, calm] }])).toEqual([])
    expect(problemsOf([{ contender, rounds: [busy, calm, busy] }])).toEqual([
      "expired, cache: 2 callers waited, at most 1",
    ])
  })

  it("On a machine that keeps callers of a live entry waiting, callers that wait are no problem.", () => {
    const rounds = [round(1, 60, 60)]
    const live = { ...contender, scene: "live", required: undefined } as const
    const results = [
      { contender, rounds },
      { contender: live, rounds: [round(0, 60)] },
    ]
    expect(isBusy(results)).toBe(true)
    expect(problemsOf(results)).toEqual([])
  })

  it("Nothing is required of other caches.", () => {
    const other = { ...contender, required: undefined }
    const rounds = [round(128, 60, 60, 60)]
    expect(problemsOf([{ contender: other, rounds }])).toEqual([])
  })
})
