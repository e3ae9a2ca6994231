import { type Clear, PendingClears } from "../pending-clears"

const takeAll = (pending: PendingClears) => {
  const taken: Clear[] = []
  for (let clears = pending.take(); clears; clears = pending.take()) {
    taken.push(...clears)
  }
  return taken
}

describe("pending clears", () => {
  it("are kept once each, apart by whether they spare entries", () => {
    const pending = new PendingClears()
    expect(pending.size).toBe(0)
    for (let time = 0; time < 2; time++) {
      pending.add({ kind: "clear-tags", tags: ["a", "b"], automatic: true })
      pending.add({ kind: "clear-tags", tags: ["b"], automatic: false })
      pending.add({ kind: "clear-key", name: "k", automatic: false })
    }
    expect(pending.size).toBe(4)
    expect(takeAll(pending)).toEqual([
      { kind: "clear-tags", tags: ["a", "b"], automatic: true },
      { kind: "clear-tags", tags: ["b"], automatic: false },
      { kind: "clear-key", name: "k", automatic: false },
    ])
    expect(pending.size).toBe(0)
  })

  it("come in portions", () => {
    const pending = new PendingClears()
    const tags = Array.from({ length: 1_200 }, (_, n) => `t${n}`)
    pending.add({ kind: "clear-tags", tags, automatic: true })
    const portions = takeAll(pending).map((clear) =>
      clear.kind === "clear-tags" ? clear.tags : []
    )
    expect(portions.map((portion) => portion.length)).toEqual([500, 500, 200])
    expect(portions.flat()).toEqual(tags)
  })

  it("collapse into one of everything beyond 10,000", () => {
    const pending = new PendingClears()
    for (let n = 0; n < 10_000; n++) {
      pending.add({ kind: "clear-key", name: `k${n}`, automatic: true })
    }
    expect(pending.size).toBe(10_000)
    pending.add({ kind: "clear-tags", tags: ["t"], automatic: true })
    expect(pending.size).toBe(1)
    pending.add({ kind: "clear-key", name: "k", automatic: false })
    expect(takeAll(pending)).toEqual([{ kind: "clear-all" }])
    expect(pending.size).toBe(0)
  })
})
