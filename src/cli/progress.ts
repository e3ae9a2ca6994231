/** Before this, nobody wonders whether it hangs. */
const FIRST_MS = 2_000
const EVERY_MS = 5_000

/**
 * Says every few seconds that something goes on, and for how long.
 *
 * @returns what ends it
 */
export function showProgress(
  what: string,
  note: (line: string) => void
): () => void {
  const begun = performance.now()
  const say = () => {
    const seconds = Math.round((performance.now() - begun) / 1000)
    note(`${what}, ${seconds} s so far`)
    timer = setTimeout(say, EVERY_MS)
  }
  let timer = setTimeout(say, FIRST_MS)
  return () => clearTimeout(timer)
}
