import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { MOST_BYTES } from "../misses"

const run = promisify(execFile)

describe("the memory of 20,000 misses, each next to 49 parallel hits", () => {
  it.each([
    ["short keys", 20, 20_000],
    ["long keys", 2_000, 20_000],
    ["a few keys with ever new versions", 20, 20],
  ])(
    "Misses of %s take no more bytes than they may",
    async (_, keyLength, keys) => {
      const { stdout } = await run(process.execPath, [
        "--expose-gc",
        "--require=tsx/cjs",
        join(__dirname, "memory-process.ts"),
        String(keyLength),
        String(keys),
      ])
      const bytes = Number(stdout)
      expect(bytes).toBeGreaterThan(0)
      expect(bytes).toBeLessThan(MOST_BYTES)
    }
  )
})
