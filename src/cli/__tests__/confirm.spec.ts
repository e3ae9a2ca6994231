import { PassThrough } from "node:stream"
import { confirm } from "../output"

describe("confirm", () => {
  const answer = async (typed: string) => {
    const input = new PassThrough()
    const output = new PassThrough()
    const answered = confirm("Remove all?", input, output)
    input.end(typed)
    return {
      consent: await answered,
      asked: String(output.read()),
    }
  }

  it.each(["y\n", "Y\n", "yes\n", " yes \n"])(
    "The answer %j confirms a clear of everything.",
    async (typed) => {
      expect(await answer(typed)).toEqual({
        consent: true,
        asked: expect.stringContaining("Remove all? [y/N] ") as string,
      })
    }
  )

  it.each(["\n", "n\n", "yesterday\n", ""])(
    "The answer %j is no consent.",
    async (typed) => {
      expect((await answer(typed)).consent).toBe(false)
    }
  )
})
