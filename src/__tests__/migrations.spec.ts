import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"

const FOLDER = path.resolve(__dirname, "../../migrations")

/** From the first release candidate on. A new migration is added here with the digest of its file. */
const DIGESTS = {
  "Migration20261122120000CachingPostgresCreateTables.ts":
    "e33a877c84da75ce9753bcb46d9bed88a1d2a4fff4004ae157c267930be5508b",
}

describe("the migrations", () => {
  it("A migration never changes, since databases that it has migrated do not run it again.", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts"))
    const digestOf = (file: string) =>
      createHash("sha256")
        .update(readFileSync(path.join(FOLDER, file)))
        .digest("hex")
    const digests = files.map((file) => [file, digestOf(file)])
    expect(Object.fromEntries(digests)).toEqual(DIGESTS)
  })
})
