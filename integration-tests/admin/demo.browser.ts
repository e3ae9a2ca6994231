import { spawn } from "node:child_process"
import type { Browser } from "puppeteer-core"
import { describeWithBrowser, openBrowser } from "../support/admin/browser"
import { CachePage } from "../support/admin/cache-page"
import { REPOSITORY } from "../support/shop/package-under-test"
import { waitFor } from "../support/wait"

/** Building the admin takes minutes on a busy machine. */
const LIMIT_MS = 900_000

describeWithBrowser("the demo", () => {
  let browser: Browser | undefined

  afterAll(() => browser?.close())

  it(
    "npm run demo -- --keep prints the address of the page in the admin, and who signs in there sees the cache.",
    async () => {
      const demo = spawn("npm", ["run", "demo", "--", "--keep"], {
        cwd: REPOSITORY,
        detached: true,
      })
      let output = ""
      for (const stream of [demo.stdout, demo.stderr]) {
        stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
      }
      const ended = new Promise((resolve) => demo.on("exit", resolve))
      try {
        const [, url] = await waitFor(
          "the address of the page",
          () =>
            Promise.resolve(
              /The cache in the admin: +(\S+)\/app\/settings\/cache/.exec(
                output
              ) ?? undefined
            ),
          { timeoutMs: LIMIT_MS, describe: () => output }
        )
        browser = await openBrowser()
        const admin = await CachePage.open(browser, url!)
        await admin.signIn()
        await admin.visit("/settings/cache")
        await admin.sees('[data-testid="cache-state"]', "On")
        await admin.sees('[data-testid="top-products"]', "Shirt")
      } finally {
        // The group: npm, and what it has started.
        process.kill(-demo.pid!, "SIGINT")
        await ended
      }
    },
    LIMIT_MS
  )
})
