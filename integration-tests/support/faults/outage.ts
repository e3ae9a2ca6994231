import { type Caller, pause } from "./caller"

export interface Outage {
  readonly begin: () => unknown
  readonly end: () => unknown
  /** Whether what was cached before, and not changed since, is there again. */
  readonly keepsEntries: boolean
  /**
   * Whether reading goes on until a write fails (a server that has become read-only); otherwise every get
   * is a miss.
   */
  readonly readsGoOn?: boolean
  /** What the log says about the cause. */
  readonly cause?: RegExp
  /** While the database is out, and the caller knows it. */
  readonly during?: () => Promise<unknown>
  /** How long to look for what must not come back. */
  readonly watchMs?: number
}

/**
 * What every outage has in common: each call of a shop is answered while the outage lasts (a call that waited for its
 * end would hang the test), what was changed meanwhile is not served in its old form afterwards, and the cache serves
 * again without help.
 */
export async function expectPromisesKept(
  caller: Caller,
  outage: Outage
): Promise<void> {
  await fill(caller)

  await outage.begin()
  await meet(caller, outage)
  await outage.during?.()
  await outage.end()

  await caller.untilServing()
  await expectNothingStale(caller, outage)
  expectLines(caller, outage)
}

async function fill(caller: Caller): Promise<void> {
  await Promise.all([
    caller.set("kept", "kept", "of the kept"),
    caller.set("cleared", "old"),
    caller.set("cleared by tag", "old", "cleared"),
    caller.set("set", "old"),
  ])
  expect(await everything(caller)).toEqual([
    "kept",
    "old",
    "old",
    "old",
    ["old"],
  ])
}

function everything(caller: Caller): Promise<unknown[]> {
  return Promise.all([
    caller.get("kept"),
    caller.get("cleared"),
    caller.get("cleared by tag"),
    caller.get("set"),
    caller.getTagged("cleared"),
  ])
}

/** A burst of requests before the outage is known, and one after that. */
async function meet(caller: Caller, outage: Outage): Promise<void> {
  const nothing = [null, null, null, null, null]
  const [found] = await Promise.all([
    everything(caller),
    caller.set("set", "new"),
    caller.clear({ key: "cleared" }),
    caller.clear({ tags: ["cleared"] }),
  ])
  if (!outage.readsGoOn) {
    expect(found).toEqual(nothing)
  }
  await caller.untilOff()
  expect(await everything(caller)).toEqual(nothing)
  await caller.expectMissesAtOnce("kept")
  await caller.set("set", "newer")
  await caller.clear({ key: "never there" })
}

async function expectNothingStale(
  caller: Caller,
  { keepsEntries, watchMs = 300 }: Outage
): Promise<void> {
  const begun = performance.now()
  do {
    const [kept, cleared, clearedByTag, set, tagged] = await everything(caller)
    expect({ cleared, clearedByTag, tagged }).toEqual({
      cleared: null,
      clearedByTag: null,
      tagged: [],
    })
    expect([null, "new", "newer"]).toContain(set)
    expect(kept).toBe(keepsEntries ? "kept" : null)
    await pause(50)
  } while (performance.now() - begun < watchMs)

  // Another key: the gets before have left misses of that one, against which the set would be checked.
  await caller.set("set anew", "newest", "cleared")
  expect(await caller.getTagged("cleared")).toEqual(["newest"])
  await caller.clear({ tags: ["cleared"] })
  expect(await caller.get("set anew")).toBeNull()
}

/** One line says that it began and why, one that it is over, and no other says anything. */
function expectLines(caller: Caller, { cause = /./ }: Outage): void {
  // Another reason is another line.
  expect(new Set(caller.offLines).size).toBe(caller.offLines.length)
  expect(caller.offLines.join("\n")).toMatch(cause)
  expect(caller.onLines).toEqual([
    expect.stringMatching(/ the cache is on again after \d+(\.\d+)? s/),
  ])
  expect(caller.otherComplaints).toEqual([])
}
