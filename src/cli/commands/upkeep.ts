import { Database } from "../../inspect/database"
import type { Finding } from "../../inspect/doctor/examine"
import { countExpired } from "../../inspect/entries"
import { OperatorError } from "../../inspect/errors"
import { withProvider } from "../../inspect/lend"
import { type CacheCommand, findTarget, resolveTarget } from "../command"
import { examineShop } from "../examine-shop"
import { count } from "../format"

const STATUS_WIDTH = "problem".length

export const sweep: CacheCommand = {
  name: "sweep",
  description: "removes expired entries, as the schedule does",
  notes: `It removes the expired entries of every namespace. In the shop's folder it also evicts the oldest entries of the
namespace beyond maxEntries and maxBytes; with --database-url there are no such limits.`,
  run: async ({ flags, output }) => {
    const options = await resolveTarget(flags)
    const swept = await Database.with(options, (database) =>
      withProvider(database, async (provider, warnings) => {
        const sweeping = () => provider.sweep()
        const result = await output.withProgress("sweeping", sweeping)
        if (!result) {
          throw new OperatorError(
            `the sweep failed: ${warnings.at(-1) ?? "no cause was given"}. Run doctor to find out why`
          )
        }
        return result
      })
    )
    const expiredLeft = await Database.with(options, countExpired)
    const removed = `Removed ${count(swept.expired, "expired entry", "expired entries")}, and ${count(swept.evicted, "entry", "entries")} beyond the limits of size.`
    const text = swept.elected
      ? [removed]
      : [
          "Another process is sweeping at this moment; this one removed nothing.",
        ]
    if (swept.elected && expiredLeft > 0) {
      text.push(
        `${count(expiredLeft, "expired entry is", "expired entries are")} left: locked, or for the next run.`
      )
    }
    return { json: { ...swept, expiredLeft }, text }
  },
}

export const doctor: CacheCommand = {
  name: "doctor",
  description:
    "checks everything that the cache needs, and explains how to fix problems",
  notes: `It writes nothing. The exit code is 1 if there is a problem, otherwise 0, also with warnings.`,
  run: async ({ flags }) => {
    const target = await findTarget(flags)
    const { findings, caches } =
      "registrations" in target
        ? examineShop(target, flags.provider)
        : { findings: [], caches: [target] }
    // Loads MikroORM, which --help must not need.
    const { examineCaches } = await import("../../inspect/doctor/examine.js")
    findings.push(...(await examineCaches(caches)))
    const numberOf = (status: Finding["status"]) =>
      findings.filter((found) => found.status === status).length
    const problems = numberOf("problem")
    const warnings = numberOf("warning")
    const lines = findings.flatMap(({ check, status, message, advice }) => [
      `${status.padEnd(STATUS_WIDTH)}  ${check}: ${message}`,
      ...(advice ? [`${" ".repeat(STATUS_WIDTH)}  -> ${advice}`] : []),
    ])
    const summary = `${count(problems, "problem")}, ${count(warnings, "warning")}.`
    return {
      json: { problems, warnings, findings },
      text: [...lines, "", summary],
      exitCode: problems > 0 ? 1 : 0,
    }
  },
}
