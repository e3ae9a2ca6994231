import { mkdir } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Browser, Page } from "puppeteer-core"
import { OWNER } from "../shop"
import { waitFor } from "../wait"
import { REPOSITORY } from "../shop/package-under-test"

const PICTURES = path.join(REPOSITORY, "docs/admin")
/** The first page that a browser opens loads the whole admin. */
const PATIENCE_MS = 60_000
const SETTLING_MS = 800
const HEIGHT = 1_000

/** A part of the admin scrolls, and the page itself does not. */
const FULL_HEIGHT = `Math.max(...[...document.querySelectorAll("*")].map((one) =>
  one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)
    ? one.scrollHeight + 60 : 0), ${HEIGHT})`

/** The admin as its user sees it. */
export class CachePage {
  private constructor(
    readonly page: Page,
    private readonly shopUrl: string
  ) {}

  static async open(browser: Browser, shopUrl: string): Promise<CachePage> {
    // Shares nothing with the others.
    const context = await browser.createBrowserContext()
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    page.setDefaultNavigationTimeout(PATIENCE_MS)
    return new CachePage(page, shopUrl)
  }

  /** @param place within the admin */
  async visit(place: string): Promise<void> {
    await this.page.goto(`${this.shopUrl}/app${place}`)
  }

  async signIn(): Promise<void> {
    await this.visit("/login")
    await this.page.locator('input[name="email"]').fill(OWNER.email)
    await this.page.locator('input[name="password"]').fill(OWNER.password)
    await this.page.locator('button[type="submit"]').click()
    await this.until("the admin after the login", () =>
      Promise.resolve(!this.page.url().endsWith("/login"))
    )
  }

  /** Waits until something at the selector says so. */
  async sees(selector: string, text: string | RegExp): Promise<void> {
    await this.until(`${selector} with ${String(text)}`, async () =>
      (await this.texts(selector)).some((shown) =>
        typeof text === "string" ? shown.includes(text) : text.test(shown)
      )
    )
  }

  async seesNo(selector: string): Promise<void> {
    await this.until(
      `no ${selector}`,
      async () => (await this.page.$$(selector)).length === 0
    )
  }

  /** @param within a selector */
  async click(name: string, within = "body"): Promise<void> {
    const button = `${within} >>> ::-p-aria([name="${name}"][role="button"])`
    await this.page.locator(button).click()
  }

  /** Says yes to the question that is asked. @returns the question */
  async confirm(): Promise<string> {
    const dialog = '[role="alertdialog"]'
    await this.sees(dialog, "This removes")
    const [question] = await this.texts(dialog)
    await this.click("Clear", dialog)
    await this.seesNo(dialog)
    return question!
  }

  async setTheme(theme: "light" | "dark"): Promise<void> {
    await this.page.evaluate(
      `localStorage.setItem("medusa_admin_theme", "${theme}")`
    )
    await this.page.reload()
  }

  async setLanguage(language: "en" | "de"): Promise<void> {
    await this.page.evaluate(
      `localStorage.setItem("lng", "${language}"); document.cookie = "lng=${language}; path=/"`
    )
    await this.page.reload()
  }

  /** Takes a picture for the documentation, of the whole page or of what fits on a screen. */
  async picture(
    name: string,
    extent: "page" | "screen" = "page"
  ): Promise<void> {
    await mkdir(PICTURES, { recursive: true })
    const { width } = this.page.viewport()!
    // Toasts go, and animations end.
    await this.seesNo("[data-sonner-toast]")
    await sleep(SETTLING_MS)
    if (extent === "page") {
      const height = Number(await this.page.evaluate(FULL_HEIGHT))
      await this.page.setViewport({ width, height })
      await sleep(SETTLING_MS)
    }
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`) })
    await this.page.setViewport({ width, height: HEIGHT })
  }

  private texts(selector: string): Promise<string[]> {
    return this.page.$$eval(selector, (all) =>
      all.map((one) => (one as unknown as { innerText: string }).innerText)
    )
  }

  private async until(
    what: string,
    isSo: () => Promise<boolean>
  ): Promise<void> {
    let shown = ""
    await waitFor(
      what,
      async () => {
        try {
          if (await isSo()) {
            return true
          }
          const state = String(
            await this.page.evaluate("document.visibilityState")
          )
          const texts = await this.texts("body")
          shown = [`The page is ${state} and shows:`, ...texts].join("\n")
        } catch {
          // The page is being left.
        }
        return undefined
      },
      { timeoutMs: PATIENCE_MS, describe: () => shown }
    )
  }
}
