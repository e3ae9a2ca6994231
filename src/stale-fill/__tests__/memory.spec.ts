import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { Misses, MAX_BYTES } from "../misses"

const run = promisify(execFile)

describe("the memory that misses take", () => {
  it.each([
    ["20,000 misses next to 49 parallel hits", 20, 20_000, 20_000, 49],
    ["20,000 misses of long keys", 2_000, 20_000, 20_000, 0],
    ["100,000 misses of a key with ever new versions", 20, 1, 100_000, 0],
  ])("%s grow the heap by no more than they may.", async (_, ...numbers) => {
    const { stdout } = await run(process.execPath, [
      "--expose-gc",
      "--require=tsx/cjs",
      join(__dirname, "memory-process.ts"),
      ...numbers.map(String),
    ])
    expect(stdout).toMatch(/^-?\d+$/)
    expect(Number(stdout)).toBeLessThan(MAX_BYTES)
  })

  it("Once they are closed, the misses of a provider add nothing to later promises.", () => {
    // Where Node follows async contexts by hooks, each storage in use is a symbol of every new promise.
    const additions = () =>
      Object.getOwnPropertySymbols(new Promise(() => {})).length
    const before = additions()
    new Misses().close()
    expect(additions()).toBe(before)
  })
})
