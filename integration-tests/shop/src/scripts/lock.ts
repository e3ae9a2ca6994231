import type { ExecArgs, ILockingModule } from "@medusajs/framework/types"
import { Modules } from "@medusajs/framework/utils"

/** `medusa exec ./src/scripts/lock.js <key> <owner>`: takes a lock and keeps it. */
export default async function lock({
  container,
  args,
}: ExecArgs): Promise<void> {
  const [key, ownerId] = args
  const locking = container.resolve<ILockingModule>(Modules.LOCKING)
  await locking.acquire(key!, { ownerId })
}
