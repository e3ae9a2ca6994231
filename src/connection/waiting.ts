/** Any time that is longer than all maintenance. */
const LONG_MS = 1_000_000

/** @returns whether the promise was settled in time */
export async function atMost(
  millis: number,
  promise: Promise<unknown>
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), millis)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Keeps the process alive until the promise is settled, whatever it waits for. */
export async function keepAliveFor<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONG_MS)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}
