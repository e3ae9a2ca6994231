import { Database } from "../database"
import { CommandError } from "../errors"
import { count } from "../format"
import type { CacheCommand } from "../command"
import { withProvider } from "../provider"
import { countExpired } from "../sql/entries"
import { resolveTarget } from "../target"

export const sweep: CacheCommand = {
  name: "sweep",
  description: "removes expired entries, as the schedule does",
  notes: `It removes the expired entries of every namespace. In the shop's folder it also evicts the oldest entries of the
namespace beyond maxEntries and maxBytes; with --database-url there are no such limits.`,
  run: async ({ flags, output }) => {
    const options = await resolveTarget(flags)
    const swept = await withProvider(options, async (provider, warnings) => {
      const sweeping = () => provider.sweep()
      const result = await output.withProgress("sweeping", sweeping)
      if (!result) {
        throw new CommandError(
          `the sweep failed: ${warnings.at(-1) ?? "no cause was given"}. What is amiss says: doctor`
        )
      }
      return result
    })
    const expiredLeft = await Database.with(options, (database) =>
      database.count(countExpired)
    )
    return {
      json: { ...swept, expiredLeft },
      text: swept.elected
        ? asText(swept.expired, swept.evicted, expiredLeft)
        : [
            "Another process is sweeping at this moment; this one removed nothing.",
          ],
    }
  },
}

function asText(expired: number, evicted: number, left: number): string[] {
  const removed = `Removed ${count(expired, "expired entry", "expired entries")}, and ${count(evicted, "entry", "entries")} beyond the limits of size.`
  return left > 0
    ? [
        removed,
        `${count(left, "expired entry is", "expired entries are")} left, locked or for another run.`,
      ]
    : [removed]
}
