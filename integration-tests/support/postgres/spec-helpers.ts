import { Client } from "@medusajs/framework/pg"

/** The environment for an embedded server, even when the run itself uses another source. */
export function embeddedEnv(): NodeJS.ProcessEnv {
  const { TEST_DATABASE_URL, TEST_POSTGRES, TEST_POSTGRES_VERSION, ...env } =
    process.env
  const isEmbeddedRun = !TEST_DATABASE_URL && TEST_POSTGRES !== "container"
  return isEmbeddedRun ? { ...env, TEST_POSTGRES_VERSION } : env
}

export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows.map((row) => Object.values(row)[0])
  } finally {
    await client.end()
  }
}
