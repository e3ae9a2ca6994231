import { setTimeout as sleep } from "node:timers/promises"
import type { Churned, Sample } from "./providers"
import { change, HOURS, visited, VISITS_PER_HOUR, type Scenario } from "./shop"

const TICK_MS = 20
const SAMPLES_PER_HOUR = 4
/** In a row, so that changes and samples come in time. */
const VISITS_AT_MOST = 100

export interface Moment extends Sample {
  /** Hours of the shop since the run began. */
  readonly hour: number
  /** Milliseconds that one change of a product took on average in the newest burst before. */
  readonly changeMs: number
}

/** Runs a shop's hours on one provider, at the given number of its seconds in a second. */
export async function churn(
  churned: Churned,
  { changes, changesEvery }: Scenario,
  speed: number
): Promise<Moment[]> {
  const { cache, ttl } = churned
  const moments: Moment[] = []
  const started = performance.now()
  const hour = () => ((performance.now() - started) / 3_600_000) * speed
  let visits = 0
  let bursts = 0
  let changed = 0
  let changeMs = 0
  let bursting: Promise<void> | undefined

  const visit = async () => {
    const { key, data, tags } = visited(visits++)
    if (!(await cache.get({ key }))) {
      await cache.set({ key, data: { data }, tags, ttl })
    }
  }
  const burst = async () => {
    bursts++
    const before = performance.now()
    for (let number = 0; number < changes; number++) {
      await change(cache, changed++)
    }
    changeMs = (performance.now() - before) / changes
  }

  while (hour() < HOURS) {
    const due = Math.floor(hour() * VISITS_PER_HOUR) - visits
    for (let number = 0; number < Math.min(due, VISITS_AT_MOST); number++) {
      await visit()
    }
    if (hour() >= moments.length / SAMPLES_PER_HOUR) {
      moments.push({ hour: hour(), changeMs, ...(await churned.sample()) })
    }
    if (hour() >= (bursts + 1) * changesEvery && !bursting) {
      // Visitors do not wait for the staff.
      bursting = burst().finally(() => (bursting = undefined))
    }
    await sleep(TICK_MS)
  }
  await bursting
  // Before the last change, and what it cost.
  const last = await churned.sample()
  await burst()
  moments.push({ hour: HOURS, changeMs, ...last })
  return moments
}
