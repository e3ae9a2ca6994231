import type { Finding } from "../doctor/finding"
import type { ResolvedOptions } from "../../options"
import { count, fieldLines } from "../format"
import type { Program } from "../program"
import { optionsOfFlags, shopOf } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

const NOTES = `
It writes nothing. Exit code 1 when there is a problem, 0 otherwise, also with warnings.`

export function addDoctor({ command, output, exitWith }: Program): void {
  const doctor = command("doctor")
    .description(
      "checks all that the cache needs, and says what to do where something is amiss"
    )
    .addHelpText("after", NOTES)
  withJson(withTarget(doctor)).action(
    async (flags: TargetFlags & { json?: boolean }) => {
      const findings = await examine(flags)
      const problems = countOf(findings, "problem")
      const warnings = countOf(findings, "warning")
      if (flags.json) {
        output.json({ problems, warnings, findings })
      } else {
        output.print(
          ...findingsAsText(findings),
          "",
          `${count(problems, "problem")}, ${count(warnings, "warning")}.`
        )
      }
      exitWith(problems > 0 ? 1 : 0)
    }
  )
}

async function examine(flags: TargetFlags): Promise<Finding[]> {
  if (flags.databaseUrl !== undefined) {
    return examineDatabase(optionsOfFlags(flags))
  }
  const shop = await shopOf(flags)
  const { examineShop } = await import("../doctor/examine-shop.js")
  const { findings, caches } = examineShop(shop, flags.provider)
  // Registrations that differ in their namespaces only have all the rest in common.
  const databases = new Map(
    caches.map((options) => [
      JSON.stringify([options.database.clientUrl, options.database.schema]),
      options,
    ])
  )
  const all = [...findings]
  for (const options of databases.values()) {
    all.push(...(await examineDatabase(options)))
  }
  return all
}

async function examineDatabase(options: ResolvedOptions): Promise<Finding[]> {
  // Loads MikroORM, for which --help need not wait.
  const { examineDatabase: run } = await import("../doctor/examine-database.js")
  return run(options)
}

/** A line for each finding, and one below it that says what to do. */
export function findingsAsText(findings: readonly Finding[]): string[] {
  const lines = fieldLines(
    findings.map(({ check, status, message }) => [
      status.padEnd("problem".length),
      `${check}: ${message}`,
    ])
  )
  return findings.flatMap(({ advice }, index) => [
    lines[index]!,
    ...(advice ? [`${" ".repeat("problem".length)}  -> ${advice}`] : []),
  ])
}

function countOf(
  findings: readonly Finding[],
  status: Finding["status"]
): number {
  return findings.filter((finding) => finding.status === status).length
}
