import { createRequire } from "node:module"

type Zod = typeof import("@medusajs/framework/zod")

function findZod(): Zod {
  const path = require.resolve("@medusajs/framework/http")
  const requireOfMedusa = createRequire(path)
  try {
    return requireOfMedusa("@medusajs/framework/zod") as Zod
  } catch {
    // Medusa up to 2.12 does not export its zod.
    return requireOfMedusa("zod") as Zod
  }
}

/** The zod with which Medusa validates: schemas of another version may not work with it. */
export const z: Zod["z"] = findZod().z
