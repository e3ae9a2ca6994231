import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { printedSeed } from "../../../integration-tests/support/random"

const run = promisify(execFile)

interface Growth {
  readonly shape: string
  /** Bytes, by the near cache. */
  readonly counted: number
  /** Bytes, by V8. */
  readonly grown: number
}

async function measure(share: boolean): Promise<Growth[]> {
  const script = join(__dirname, "heap-growth.ts")
  const { stdout } = await run(process.execPath, [
    "--expose-gc",
    // Work in the background would hold on to what the case before has kept.
    "--single-threaded",
    "--import",
    "tsx",
    script,
    String(share),
    String(printedSeed()),
  ])
  return JSON.parse(stdout) as Growth[]
}

const ORDINARY = ["pages", "lists of 27 KB", "lists that nobody asks for"]

describe.each([false, true])("With share: %s", (share) => {
  let growths: Growth[]

  beforeAll(async () => {
    growths = await measure(share)
  }, 120_000)

  it("The heap grows by at most twice what the near cache counts, whatever it keeps.", () => {
    expect(growths.length).toBeGreaterThan(30)
    expect(growths.filter(({ grown, counted }) => grown > 2 * counted)).toEqual(
      []
    )
  })

  it("The near cache counts at most 1.5 times what pages and lists take on the heap.", () => {
    const ordinary = growths.filter(({ shape }) => ORDINARY.includes(shape))
    expect(ordinary).toHaveLength(ORDINARY.length)
    expect(
      ordinary.filter(({ grown, counted }) => counted > 1.5 * grown)
    ).toEqual([])
  })
})
