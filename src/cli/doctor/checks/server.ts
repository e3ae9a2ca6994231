import { readServer } from "../../sql/read-server"
import type { Check } from "../check"
import { ok, problem } from "../finding"

const OLDEST_MAJOR = 14

export const serverCheck: Check = async ({ database }) => {
  const [server] = await database.run<{ version_num: number; version: string }>(
    readServer
  )
  const { version_num, version } = server!
  return Math.floor(version_num / 10_000) >= OLDEST_MAJOR
    ? [ok(`PostgreSQL ${version}`)]
    : [
        problem(
          `PostgreSQL ${version} is too old`,
          `Use PostgreSQL ${OLDEST_MAJOR} or newer.`
        ),
      ]
}
