import { Cleanup } from "./cleanup"

/** Runs a program to its end, which is its clean-up; it may give the code to end with. */
export async function runMain(
  main: (cleanup: Cleanup) => Promise<number | void>
): Promise<never> {
  const cleanup = new Cleanup()
  let code = 1
  try {
    code = (await main(cleanup)) ?? 0
  } catch (error) {
    console.error(error)
  }
  await cleanup.run()
  process.exit(code)
}
