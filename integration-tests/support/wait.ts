const PAUSE_MS = 25

/**
 * Asks again and again until the answer is there, and says what the last answer was when it never comes. `stop` ends
 * the wait early, for what can't come true any more.
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  options: {
    timeoutMs?: number
    describe?: () => string
    stop?: () => string | undefined
  } = {}
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 20_000
  const deadline = Date.now() + timeoutMs

  for (;;) {
    const answer = await ask()
    if (answer !== undefined) {
      return answer
    }

    const stopped = options.stop?.()
    const late = Date.now() > deadline
    if (stopped !== undefined || late) {
      const reason = stopped ?? `not within ${timeoutMs} ms`
      throw new Error(
        [`Waited for ${what}: ${reason}`, options.describe?.()]
          .filter(Boolean)
          .join("\n")
      )
    }

    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
