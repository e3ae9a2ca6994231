import type { ResolvedOptions } from "../../options"
import type { SweepResult } from "../../sweep/sweeper"
import { Database } from "../database"
import { CommandError } from "../errors"
import { count } from "../format"
import { showProgress } from "../progress"
import type { Program } from "../program"
import { withProvider } from "../provider"
import { countExpired } from "../sql/count-expired"
import { resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

const NOTES = `
Expired entries of every namespace go. Beyond maxEntries and maxBytes the oldest of the namespace go,
too, in the shop's folder; with --database-url there are no such limits.`

interface Swept extends SweepResult {
  /** Expired entries that are there yet. */
  readonly expiredLeft: number
}

export function addSweep({ command, output }: Program): void {
  const sweep = command("sweep")
    .description("removes expired entries, as the schedule does")
    .addHelpText("after", NOTES)
  withJson(withTarget(sweep)).action(
    async (flags: TargetFlags & { json?: boolean }) => {
      const options = await resolveTarget(flags)
      const swept = await run(options, output.note)
      if (flags.json) {
        output.json(swept)
      } else {
        output.print(...asText(swept))
      }
    }
  )
}

async function run(
  options: ResolvedOptions,
  note: (line: string) => void
): Promise<Swept> {
  const result = await withProvider(options, async (provider, logger) => {
    const stopProgress = showProgress("sweeping", note)
    const done = await provider.sweep().finally(stopProgress)
    if (!done) {
      throw new CommandError(
        `the sweep failed: ${logger.cause ?? "no cause was given"}. What is amiss says: doctor`
      )
    }
    return done
  })
  return Database.with(options, async (database) => {
    const [row] = await database.run<{ entries: number }>(countExpired)
    return { ...result, expiredLeft: row!.entries }
  })
}

function asText({ elected, expired, evicted, expiredLeft }: Swept): string[] {
  if (!elected) {
    return [
      "Another process is sweeping at this moment; this one removed nothing.",
    ]
  }
  const removed = `Removed ${count(expired, "expired entry", "expired entries")}, and ${count(evicted, "entry", "entries")} beyond the limits of size.`
  return expiredLeft > 0
    ? [
        removed,
        `${count(expiredLeft, "expired entry is", "expired entries are")} left, locked or for another run.`,
      ]
    : [removed]
}
