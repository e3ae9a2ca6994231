import { type Explored, explore } from "./explore"
import {
  changesSource,
  checks,
  commits,
  crash,
  get,
  getInTwoSnapshots,
  holder,
  inserts,
  kill,
  largeClear,
  largeWriter,
  locksExclusively,
  locksShared,
  notesWhatIsLeft,
  reader,
  readsSource,
  records,
  removal,
  removes,
  removesOwn,
  seesEntry,
  seesNewest,
  seesRecords,
  set,
  statement,
  storesUnlessStale,
  stranger,
  sweep,
  unlocks,
  writer,
  writerThat,
} from "./protocol"
import { modelOf, type Scenario } from "./scenario"
import { readable, type Step, type World } from "./world"

type Programs = Scenario["programs"]

const explored = (programs: Programs, others?: Partial<Scenario>): Explored =>
  explore(modelOf({ programs, ...others }))

/** A fill is never rejected for nothing, nor hidden by a clear that came before it. */
function unlessServed(world: World): string | undefined {
  const processes = Object.values(world.processes)
  return processes.some(({ isStale }) => isStale) || !readable(world)
    ? "a fill is not served"
    : undefined
}

/** As the reader is, but for its set. */
const readerThat = (...sets: Step[]) => [...get(), readsSource, ...sets]

const one = { reader: reader(), writer: writer() }
const twoReaders = { "reader 1": reader(), "reader 2": reader() }
const twoWriters = { "writer 1": writer(), "writer 2": writer() }
const oneLarge = { reader: reader(), writer: largeWriter() }

describe("every interleaving of the protocol", () => {
  it.each<[string, Programs]>([
    ["a reader and a writer", one],
    ["two readers and a writer", { ...twoReaders, writer: writer() }],
    ["a reader and two writers", { reader: reader(), ...twoWriters }],
    ["two readers and two writers", { ...twoReaders, ...twoWriters }],
    [
      "two writers and a sweep of the records",
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
    ["a row that somebody has locked", { ...one, holder: holder() }],
    [
      "a locked row whose removal another process goes on with",
      { ...one, holder: holder(), remover: removal() },
    ],
    ["a large clear", oneLarge],
    ["a large clear and two readers", { ...twoReaders, writer: largeWriter() }],
    [
      "a large clear and a small one",
      { reader: reader(), "writer 1": largeWriter(), "writer 2": writer() },
    ],
    ["a large clear and a locked row", { ...oneLarge, holder: holder() }],
    [
      "a large clear whose process dies at any moment, and another that goes on with it",
      { ...oneLarge, someone: kill("writer"), remover: removal() },
    ],
    [
      "a large clear and a sweep of the records",
      { ...oneLarge, sweeper: sweep() },
    ],
    ["a large clear and a crash", { ...oneLarge, server: crash("start over") }],
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
      expect(interleavings).toBeGreaterThan(300)
    }
  )

  it.each<[string, Programs]>([
    ["a reader and a writer", one],
    ["a reader and two writers", { reader: reader(), ...twoWriters }],
    ["a crash", { ...one, server: crash("start over") }],
  ])(
    "With %s where nothing was ever cleared, nothing outdated is served once the clear has returned.",
    (_, programs) => {
      explored(programs, { isRecorded: false })
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
    [
      "after a large clear whose entries are still being removed",
      { reader: [...largeClear(), ...reader()], remover: removal() },
    ],
  ])("A fill is stored and served %s.", (_, programs) => {
    for (const isRecorded of [true, false]) {
      explored(programs, { isRecorded, atEnd: unlessServed })
    }
  })
})

describe("the protocol without one of its parts", () => {
  /** What the function that looks for stale fills sees. */
  const sees = [seesNewest, seesRecords]
  const AGAIN = locksExclusively.name
  /** A clear of several transactions, each with the lock. */
  const lockedStatement = (...steps: Step[]) =>
    statement(AGAIN, locksExclusively, ...steps, commits, unlocks)

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
      "when the read version is noted after the source was read",
      {
        ...one,
        reader: [readsSource, ...get(locksShared.name), ...storesUnlessStale()],
      },
    ],
    [
      "when the clear looks for entries before it has the lock",
      {
        ...one,
        writer: writerThat(
          seesEntry,
          ...lockedStatement(records(), removes, notesWhatIsLeft())
        ),
      },
    ],
    [
      "when the entries are removed in a transaction before the record's",
      {
        ...one,
        writer: writerThat(
          ...lockedStatement(seesEntry, removes),
          ...lockedStatement(records())
        ),
      },
    ],
    [
      "when the clear makes no record",
      { ...one, writer: writerThat(...lockedStatement(seesEntry, removes)) },
    ],
    [
      "when the clear takes no lock",
      {
        ...one,
        writer: writerThat(
          ...statement(
            records().name,
            records(),
            seesEntry,
            removes,
            notesWhatIsLeft(),
            commits
          )
        ),
      },
    ],
    [
      "when the clear releases the lock before others see the commit",
      {
        ...one,
        writer: writerThat(
          ...statement(
            AGAIN,
            locksExclusively,
            records(),
            seesEntry,
            removes,
            notesWhatIsLeft(),
            unlocks,
            commits
          )
        ),
      },
    ],
    [
      "when the clear does not note that a locked entry is left",
      {
        ...one,
        writer: writerThat(...lockedStatement(records(), seesEntry, removes)),
        holder: holder(),
      },
    ],
    [
      "when a large clear does not note that entries are left",
      { ...one, writer: writerThat(...lockedStatement(records())) },
    ],
    [
      "when the removal takes an entry that is locked for one that is gone",
      {
        reader: reader(),
        writer: writerThat(...largeClear()),
        holder: holder(),
        remover: removal("locked"),
      },
    ],
    [
      "when a read looks for records in a later snapshot than for the entry",
      { ...oneLarge, visitor: getInTwoSnapshots() },
    ],
    ...(["go on", "start over"] as const).map((numbers): [string, Programs] => [
      `when the epoch is not looked at and the server crashes, and its numbers ${numbers}`,
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
          locksExclusively.name,
          locksExclusively,
          records(),
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
