import type { Finding } from "../../../src/inspect/doctor/examine"
import { runCli, type CliResult } from "./run-cli"

export interface Report {
  readonly code: number
  readonly problems: number
  readonly warnings: number
  readonly findings: readonly Finding[]
}

export function doctor(url: string, ...args: string[]): Promise<CliResult> {
  return runCli(["doctor", ...args, "--database-url", url])
}

export async function report(url: string): Promise<Report> {
  const { code, stdout } = await doctor(url, "--json")
  return { ...(JSON.parse(stdout) as Omit<Report, "code">), code }
}
