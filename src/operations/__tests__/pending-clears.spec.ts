import type { Clear } from "../../types"
import { PendingClears } from "../pending-clears"

const clearOf = (clear: Partial<Clear>): Clear => ({
  names: [],
  tags: [],
  everything: false,
  autoOnly: false,
  ...clear,
})

const concerns = (pending: PendingClears, name: string, tags: string[]) =>
  pending.watch().concerns(name, JSON.stringify(tags))

async function carriedOut(pending: PendingClears): Promise<Clear[]> {
  const clears: Clear[] = []
  await pending.carryOut((clear) => {
    clears.push(clear)
    return Promise.resolve()
  })
  return clears
}

describe("pending clears", () => {
  it("Pending clears keep each name once, apart by whether they leave exempt entries alone.", async () => {
    const pending = new PendingClears()
    for (let time = 0; time < 2; time++) {
      pending.add(clearOf({ tags: ["a", "b"], autoOnly: true }))
      pending.add(clearOf({ tags: ["b"] }))
      pending.add(clearOf({ names: ["k"] }))
    }
    expect(pending.size).toBe(4)
    expect(await carriedOut(pending)).toEqual([
      clearOf({ tags: ["a", "b"], autoOnly: true }),
      clearOf({ tags: ["b"] }),
      clearOf({ names: ["k"] }),
    ])
    expect(pending.size).toBe(0)
  })

  it("Pending clears are carried out 500 names at a time.", async () => {
    const pending = new PendingClears()
    const tags = Array.from({ length: 1_200 }, (_, n) => `t${n}`)
    pending.add(clearOf({ tags, autoOnly: true }))
    const portions = (await carriedOut(pending)).map((clear) => clear.tags)
    expect(portions.map((portion) => portion.length)).toEqual([500, 500, 200])
    expect(portions.flat()).toEqual(tags)
  })

  it("Pending clears of more than 100,000 names become one of everything.", async () => {
    const pending = new PendingClears()
    for (let n = 0; n < 100_000; n++) {
      pending.add(clearOf({ names: [`k${n}`] }))
    }
    expect(pending.size).toBe(100_000)
    expect(concerns(pending, "other", [])).toBe(false)
    pending.add(clearOf({ tags: ["t"] }))
    expect(pending.size).toBe(1)
    expect(concerns(pending, "other", [])).toBe(true)
    pending.add(clearOf({ names: ["k"] }))
    expect(await carriedOut(pending)).toEqual([clearOf({ everything: true })])
    expect(pending.size).toBe(0)
  })

  it("Pending clears of more than 16 million characters become one of everything.", () => {
    const pending = new PendingClears()
    for (let n = 0; n < 17; n++) {
      pending.add(clearOf({ names: [`${n}`.padEnd(2 ** 20, "x")] }))
    }
    expect(pending.size).toBe(1)
  })

  it("A pending clear concerns an entry by its key or any of its tags until it has been carried out.", async () => {
    const pending = new PendingClears()
    pending.add(clearOf({ names: ["k"], tags: ["t"] }))
    const all = () => [
      concerns(pending, "k", []),
      concerns(pending, "l", ["s", "t"]),
      concerns(pending, "l", ["s"]),
    ]
    expect(all()).toEqual([true, true, false])
    const releases: (() => void)[] = []
    const done = pending.carryOut(
      () => new Promise<void>((resolve) => releases.push(resolve))
    )
    expect(releases).toHaveLength(2)
    expect(all()).toEqual([true, true, false])
    releases.forEach((release) => release())
    await done
    expect(all()).toEqual([false, false, false])
  })

  it("A pending clear that is carried out while a read is under way concerns what that read finds.", async () => {
    const pending = new PendingClears()
    pending.add(clearOf({ names: ["k"] }))
    const before = pending.watch()
    const releases: (() => void)[] = []
    const done = pending.carryOut(
      () => new Promise<void>((resolve) => releases.push(resolve))
    )
    const during = pending.watch()
    releases.forEach((release) => release())
    await done
    const all = [before, during, pending.watch()]
    expect(all.map((watch) => watch.concerns("k", "[]"))).toEqual([
      true,
      true,
      false,
    ])
    expect(all.map((watch) => watch.concerns("l", "[]"))).not.toContain(true)
  })

  it("An entry that was read without its tags is concerned by any clear that was added since.", () => {
    const pending = new PendingClears()
    const before = pending.watch()
    expect(before.concerns("l", undefined)).toBe(false)
    pending.add(clearOf({ names: ["k"] }))
    expect(before.concerns("l", undefined)).toBe(true)
  })

  it("A pending clear that fails waits again, and those beside it do not.", async () => {
    const pending = new PendingClears()
    pending.add(clearOf({ tags: ["fails"] }))
    pending.add(clearOf({ names: ["works"] }))
    await expect(
      pending.carryOut(({ tags }) =>
        tags.length > 0 ? Promise.reject(new Error("no")) : Promise.resolve()
      )
    ).rejects.toThrow("no")
    expect(await carriedOut(pending)).toEqual([clearOf({ tags: ["fails"] })])
  })

  it("A clear that comes while others are carried out waits for the next time.", async () => {
    const pending = new PendingClears()
    pending.add(clearOf({ names: ["first"] }))
    const done = pending.carryOut(() => {
      pending.add(clearOf({ names: ["second"] }))
      return Promise.resolve()
    })
    await done
    expect(pending.size).toBe(1)
    expect(await carriedOut(pending)).toEqual([clearOf({ names: ["second"] })])
  })
})
