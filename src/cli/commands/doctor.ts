import type { Finding } from "../doctor/check"
import { count } from "../format"
import type { CacheCommand, TargetFlags } from "../command"
import { optionsOfFlags, shopOf } from "../target"

const STATUS_WIDTH = "problem".length
const INDENT = " ".repeat(STATUS_WIDTH)

export const doctor: CacheCommand = {
  name: "doctor",
  description:
    "checks everything that the cache needs, and says how to solve problems",
  notes: `It writes nothing. The exit code is 1 if there is a problem, otherwise 0, also with warnings.`,
  run: async ({ flags }) => {
    const findings = await examine(flags)
    const [problems, warnings] = (["problem", "warning"] as const).map(
      (status) => findings.filter((found) => found.status === status).length
    ) as [number, number]
    const lines = findings.flatMap(({ check, status, message, advice }) => [
      `${status.padEnd(STATUS_WIDTH)}  ${check}: ${message}`,
      ...(advice ? [`${INDENT}  -> ${advice}`] : []),
    ])
    const summary = `${count(problems, "problem")}, ${count(warnings, "warning")}.`
    return {
      json: { problems, warnings, findings },
      text: [...lines, "", summary],
      exitCode: problems > 0 ? 1 : 0,
    }
  },
}

async function examine(flags: TargetFlags): Promise<Finding[]> {
  if (flags.databaseUrl !== undefined) {
    const options = optionsOfFlags(flags)
    // Loads MikroORM, which --help must not need.
    const { examineDatabase } = await import("../doctor/examine-database.js")
    return examineDatabase(options)
  }
  const shop = await shopOf(flags)
  const { examineDatabase } = await import("../doctor/examine-database.js")
  const { examineShop } = await import("../doctor/examine-shop.js")
  const { findings, caches } = examineShop(shop, flags.provider)
  // Caches that differ only in their namespaces share a database, which is examined once.
  const databases = new Map(
    caches.map((options) => {
      const { clientUrl, schema } = options.database
      return [JSON.stringify([clientUrl, schema]), options]
    })
  )
  for (const options of databases.values()) {
    findings.push(...(await examineDatabase(options)))
  }
  return findings
}
