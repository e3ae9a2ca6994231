/** Any time that is longer than all maintenance. */
const LONG_MS = 1_000_000

/** Keeps the process alive until the promise is settled, whatever it waits for. */
export async function keepAliveFor<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONG_MS)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}
