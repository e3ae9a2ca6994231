import { existsSync } from "node:fs"
import puppeteer, { type Browser } from "puppeteer-core"

const PATHS = [
  process.env.CHROME_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]

const chrome = PATHS.find((path) => path && existsSync(path))

/** A `describe` that is skipped, and says so, where there is no Chromium. */
export function describeWithBrowser(name: string, specs: () => void): void {
  if (chrome === undefined) {
    process.stderr.write(
      `Skipped, as there is no Chromium, neither at CHROME_PATH nor where systems install it: ${name}\n`
    )
    describe.skip(`${name} (Chromium is not installed)`, specs)
  } else {
    describe(name, specs)
  }
}

export function openBrowser(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: chrome,
    // A profile of its own is made and removed with it.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--lang=en-GB",
    ],
    defaultViewport: { width: 1440, height: 1000 },
  })
}
