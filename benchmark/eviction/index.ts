import type { Cleanup } from "../cli/cleanup"
import { runMain } from "../cli/run-main"
import { startDatabaseServer } from "../servers/postgres"
import { hitRates, POLICIES } from "./hit-rates"
import { readCosts } from "./read-cost"

/** Which entries to evict: what policies reach in hits, and what they cost a read. */
async function main(cleanup: Cleanup): Promise<void> {
  console.log(
    "hit rates on a Zipf-distributed trace with scans and changes, 20,000 keys, by share of the keys that fit\n"
  )
  console.log(["skew", "fits", ...POLICIES].map(cell).join(""))
  for (const { skew, share, rates } of hitRates()) {
    const row = POLICIES.map((name) => percent(rates.get(name)!))
    console.log([String(skew), percent(share), ...row].map(cell).join(""))
  }

  const server = await startDatabaseServer(() => {})
  cleanup.add(() => server.stop())
  console.log(
    "\nwhat a read costs, one at a time; ratio to reading only: median (min–max)\n"
  )
  for (const cost of await readCosts(await server.createDatabase())) {
    const { median, min, max } = cost.ratio
    console.log(
      `${cost.what.padEnd(40)}${cost.microseconds.toFixed(0).padStart(5)} µs   ${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
    )
  }
}

function cell(text: string): string {
  return text.padEnd(15)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

void runMain(main)
