import { createInterface } from "node:readline/promises"

/**
 * Asks a question that only "y" or "yes" says yes to; the end of the input is a no.
 */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream
): Promise<boolean> {
  const lines = createInterface({ input, output })
  try {
    const answer = await Promise.race([
      lines.question(`${question} [y/N] `),
      new Promise<string>((resolve) => lines.once("close", () => resolve(""))),
    ])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
