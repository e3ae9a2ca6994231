import { randomBytes } from "node:crypto"
import type { Check } from "../check"
import { ok, warning } from "../finding"

const LONGEST_WAIT_MS = 3_000

/**
 * Whether a notification reaches the connection that listens. It is sent from another one: behind a
 * transaction-mode pooler a connection may well hear itself, and yet nobody else.
 */
export const notificationsCheck: Check = async ({ database, connect }) => {
  const channel = `caching_postgres_doctor_${randomBytes(8).toString("hex")}`
  const listener = await connect()
  const heard = new Promise<boolean>((resolve) => {
    listener.on("notification", (message) => {
      if (message.channel === channel) {
        resolve(true)
      }
    })
    setTimeout(() => resolve(false), LONGEST_WAIT_MS).unref()
  })
  await listener.query(`listen ${channel}`)
  await database.client.query("select pg_notify($1, '')", [channel])
  return (await heard)
    ? [ok("LISTEN and NOTIFY work")]
    : [
        warning(
          "a NOTIFY does not arrive at a connection that listens, as behind a pooler in transaction mode",
          "The cache works without, but for a near cache: give that a direct URL in `nearCache.clientUrl`."
        ),
      ]
}
