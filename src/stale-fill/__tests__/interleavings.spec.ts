import { type Explored, explore } from "./explore"
import {
  again,
  changesSource,
  checks,
  commits,
  crash,
  finds,
  get,
  inserts,
  kill,
  locksExclusively,
  locksShared,
  makesStamp,
  reader,
  readsSource,
  removal,
  removes,
  removesOwn,
  seesEntry,
  seesEra,
  seesNewest,
  seesStamps,
  set,
  stamps,
  statement,
  type Step,
  storesUnlessLate,
  stranger,
  sweep,
  unlocks,
  type World,
  writer,
  writerThat,
} from "./protocol"
import { modelOf, type Scenario } from "./scenario"

type Programs = Scenario["programs"]

const explored = (programs: Programs, others?: Partial<Scenario>): Explored =>
  explore(modelOf({ programs, ...others }))

/** A fill is never refused for nothing. */
function unlessStored({ entry, processes }: World): string | undefined {
  const late = Object.values(processes).some(({ isLate }) => isLate)
  return late || !entry ? "a fill was refused" : undefined
}

/** As the reader is, but for its set. */
const readerThat = (...sets: Step[]) => [...get(), readsSource, ...sets]

const one = { reader: reader(), writer: writer() }
const twoReaders = { "reader 1": reader(), "reader 2": reader() }
const twoWriters = { "writer 1": writer(), "writer 2": writer() }

describe("every interleaving of the protocol", () => {
  it.each<[string, Programs]>([
    ["a reader and a writer", one],
    ["two readers and a writer", { ...twoReaders, writer: writer() }],
    ["a reader and two writers", { reader: reader(), ...twoWriters }],
    ["two readers and two writers", { ...twoReaders, ...twoWriters }],
    [
      "two writers and a sweep of the stamps",
      { reader: reader(), ...twoWriters, sweeper: sweep() },
    ],
    [
      "two writers, one of which dies at any moment",
      { reader: reader(), ...twoWriters, someone: kill("writer 1") },
    ],
    [
      "two readers, one of which dies at any moment",
      { ...twoReaders, writer: writer(), someone: kill("reader 1") },
    ],
    ["a crash of the server", { ...one, server: crash("go on") }],
    [
      "a crash after which the numbers start over",
      { ...one, server: crash("start over") },
    ],
    [
      "a crash, two readers and a writer",
      { ...twoReaders, writer: writer(), server: crash("start over") },
    ],
    [
      "a crash, a reader and two writers",
      { reader: reader(), ...twoWriters, server: crash("start over") },
    ],
  ])(
    "With %s, nothing outdated is served once the clear has returned.",
    (_, programs) => {
      const { states, interleavings } = explored(programs)
      expect(states).toBeGreaterThan(100)
      expect(interleavings).toBeGreaterThan(1_000)
    }
  )

  it.each<[string, Programs]>([
    ["a reader and a writer", one],
    ["a reader and two writers", { reader: reader(), ...twoWriters }],
    ["a crash", { ...one, server: crash("start over") }],
  ])(
    "With %s where nothing was ever cleared, nothing outdated is served once the clear has returned.",
    (_, programs) => {
      explored(programs, { isStamped: false })
    }
  )
})

describe("fills without a clear", () => {
  it.each<[string, Programs]>([
    ["with nobody else", { reader: reader() }],
    ["with another fill", twoReaders],
    [
      "while something else is cleared",
      { reader: reader(), "writer 1": stranger(), "writer 2": stranger() },
    ],
  ])("A fill is stored %s.", (_, programs) => {
    for (const isStamped of [true, false]) {
      explored(programs, { isStamped, atEnd: unlessStored })
    }
  })
})

describe("the protocol without one of its parts", () => {
  /** What the function in the migration sees. */
  const sees = [seesNewest, seesStamps]

  it.each<[string, Programs]>([
    [
      "when the set does not check",
      { ...one, reader: readerThat(...set(inserts, commits)) },
    ],
    [
      "when the set does not share the lock",
      {
        ...one,
        reader: readerThat(...set(...sees, checks(), inserts, commits)),
      },
    ],
    [
      "when the set checks what it saw before the lock was granted",
      {
        ...one,
        reader: readerThat(
          ...set(...sees, locksShared, checks(), inserts, commits, unlocks)
        ),
      },
    ],
    [
      "when the set releases the lock before others see the commit",
      {
        ...one,
        reader: readerThat(
          ...set(locksShared, ...sees, checks(), inserts, unlocks, commits)
        ),
      },
    ],
    [
      "when the set checks again after its commit, instead of having the lock",
      {
        ...one,
        reader: readerThat(
          ...set(...sees, checks(), inserts, commits),
          ...set(...sees, checks(), removesOwn)
        ),
      },
    ],
    [
      "when the position is noted after the source was read",
      {
        ...one,
        reader: [readsSource, ...get(locksShared.name), ...storesUnlessLate()],
      },
    ],
    [
      "when the entries are removed with what was seen before the stamp's lock was granted",
      {
        ...one,
        writer: writerThat(
          ...statement(
            again,
            seesEra,
            seesEntry,
            locksExclusively,
            stamps(true),
            removes,
            commits,
            unlocks
          )
        ),
      },
    ],
    [
      "when whether there is anything to remove is asked before the stamp",
      {
        ...one,
        writer: writerThat(finds, ...makesStamp(), ...removal().slice(1)),
      },
    ],
    [
      "when the entries are removed before the stamp",
      { ...one, writer: writerThat(...removal().slice(1), ...makesStamp()) },
    ],
    [
      "when the clear makes no stamp",
      { ...one, writer: writerThat(...removal()) },
    ],
    [
      "when the stamp takes no lock",
      {
        ...one,
        writer: writerThat(
          ...statement(again, seesEra, stamps(true), commits),
          ...removal()
        ),
      },
    ],
    [
      "when the stamp's lock is released before others see the commit",
      {
        ...one,
        writer: writerThat(
          ...statement(
            again,
            seesEra,
            locksExclusively,
            stamps(true),
            unlocks,
            commits
          ),
          ...removal()
        ),
      },
    ],
    ...(["go on", "start over"] as const).map((numbers): [string, Programs] => [
      `when the era is not looked at and the server crashes, and its numbers ${numbers}`,
      {
        ...one,
        server: crash(numbers),
        reader: readerThat(
          ...set(locksShared, ...sees, checks(false), inserts, commits, unlocks)
        ),
      },
    ]),
  ])("Something outdated is served %s.", (_, programs) => {
    expect(() => explored(programs)).toThrow(/^version 0 is served/)
  })
})

describe("the exploration", () => {
  it("The exploration finds two processes that wait for each other.", () => {
    const programs = {
      // One has the row and wants the lock, the other has the lock and wants the row.
      reader: readerThat(...set(inserts, locksShared, commits, unlocks)),
      writer: [
        changesSource,
        ...statement(
          again,
          locksExclusively,
          stamps(true),
          seesEntry,
          inserts,
          commits,
          unlocks
        ),
      ],
    }
    expect(() => explored(programs)).toThrow(/^deadlock, after:\n/)
  })

  it("The exploration tells the steps that led to what is wrong.", () => {
    const programs = { ...one, reader: readerThat(inserts, commits) }
    expect(() => explored(programs)).toThrow("\n  reader reads the source\n")
  })
})
