import { OWNER } from "../integration-tests/support/shop"
import { count, type Narrator } from "./narrator"
import type { ObservedRead, Verdict } from "./observed-shop"
import type { Scene } from "./scene"

/** What the demo is about. Gives what did not happen as it should have. */
export async function tellStory(
  narrator: Narrator,
  { observed, shop }: Scene
): Promise<string[]> {
  const problems: string[] = []

  const tellRead = async (
    name: string,
    expected: Verdict,
    shows?: string
  ): Promise<ObservedRead> => {
    const read = await observed.read()
    narrator.say(describeRead(name, read, shows))
    if (read.verdict !== expected) {
      problems.push(
        `the ${name} should have been a ${expected}, and was: ${read.verdict}`
      )
    }
    if (shows && !hasTitle(read, shows)) {
      problems.push(`the ${name} does not show "${shows}"`)
    }

    return read
  }

  narrator.say()
  narrator.say(`Reading GET ${shop.url}/cached/products, a route with`)
  narrator.say(
    'query.graph({ entity: "product", ... }, { cache: { enable: true, providers: ["caching-postgres"] } })'
  )
  narrator.say()

  await tellRead("1st read", "MISS")
  const second = await tellRead("2nd read", "HIT")

  const product = second.products[0]
  if (!product) {
    return [...problems, "the list of products is empty"]
  }
  const title = `${product.title}, now in blue`
  const admin = await shop.signIn(OWNER.email, OWNER.password)
  const { changeMs, goneMs } = await observed.changeUntilGone(
    second.entry,
    () => admin.renameProduct(product.id, title)
  )
  narrator.say(
    describe("update", "INVALIDATED", changeMs, [
      `POST /admin/products/${product.id} renamed "${product.title}" to "${title}"`,
      `the shop's event removed the entry ${Math.round(goneMs)} ms after the answer, an hour before its time`,
    ])
  )

  await tellRead("3rd read", "MISS", title)
  await tellRead("4th read", "HIT", title)

  return problems
}

function hasTitle(read: ObservedRead, title: string): boolean {
  return read.products.some((product) => product.title === title)
}

function describeRead(
  name: string,
  read: ObservedRead,
  shows?: string
): string {
  const did = read.verdict === "HIT" ? "served from" : "stored as"

  return describe(name, read.verdict, read.ms, [
    `${count(read.shopQueries, "query", "queries")} on the shop's tables, ${count(read.cacheStatements, "statement")} on the cache's`,
    `${did} 1 entry with ${count(read.entry.tags, "tag")}; the cache holds ${count(read.entries, "entry", "entries")}`,
    ...(shows && hasTitle(read, shows) ? [`shows "${shows}"`] : []),
  ])
}

function describe(
  name: string,
  verdict: string,
  ms: number,
  lines: string[]
): string {
  const head = `${name.padEnd(10)} ${verdict.padEnd(12)} ${`${Math.max(1, Math.round(ms))} ms`.padStart(7)}    `

  return lines
    .map((line, index) => (index === 0 ? head : " ".repeat(head.length)) + line)
    .join("\n")
}
