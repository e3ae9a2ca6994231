import type { TimeoutOptions } from "../../../src/options/types"

/** For tests of what an answer is: on a busy machine it must not become a miss for coming late. */
export const LONG_TIMEOUTS: TimeoutOptions = {
  getMillis: 60_000,
  writeMillis: 60_000,
}
