/**
 * The site is made of the repository's own documents, at the places where they are: there is no second text. The build fails at a
 * link to a page or file that does not exist.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { defineConfig } from "vitepress"
import { publicAddress } from "../../scripts/address.mjs"

const ROOT = path.resolve(import.meta.dirname, "../..")
const TITLE = "medusa-caching-postgres"
const DESCRIPTION =
  "Caching Module Provider for Medusa that caches in the PostgreSQL the shop already has"
const ICON = encodeURIComponent(
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='4' fill='#3451b2'/><path d='M4 5h8M4 8h8M4 11h5' stroke='#fff' stroke-width='1.6' stroke-linecap='round'/></svg>"
)
const address = publicAddress()
// Not pages, as VitePress would take them for.
process.env.VITE_EXTRA_EXTENSIONS = "sql"

const SECTIONS = {
  Use: {
    Start: "README.md",
    Options: "docs/options.md",
    Hosting: "docs/hosting.md",
    Scaling: "docs/scaling.md",
    "One load for many callers": "docs/leases.md",
    "Moving from Redis": "docs/moving-from-redis.md",
    "A shop without Redis": "examples/without-redis/README.md",
    FAQ: "docs/faq.md",
  },
  Operate: {
    "Command line and tables": "docs/operating.md",
    "Page in the admin": "docs/admin.md",
    "Metrics, spans and the log": "docs/observing.md",
    Troubleshooting: "docs/troubleshooting.md",
    Security: "docs/security.md",
  },
  Trust: {
    Guarantees: "docs/guarantees.md",
    Consistency: "docs/consistency.md",
    Benchmarks: "docs/benchmarks.md",
    "All figures": "docs/benchmarks/figures.md",
    "What is stable": "docs/stability.md",
    Changelog: "CHANGELOG.md",
    "Reporting a vulnerability": "SECURITY.md",
  },
  Develop: {
    "How it works": "docs/how-it-works.md",
    Design: "docs/design.md",
    Contributing: "CONTRIBUTING.md",
  },
}

const read = (file) => readFileSync(path.join(ROOT, file), "utf8")

const sections = Object.entries(SECTIONS).map(([name, pages]) => ({
  name,
  pages: Object.entries(pages).map(([title, file]) => ({ title, file })),
}))
const files = sections.flatMap(({ pages }) => pages.map(({ file }) => file))

/** Where a page is on the site: README.md is the index of its folder. */
const pathOf = (file) =>
  `/${file.replace(/README\.md$/, "").replace(/\.md$/, "")}`

const isFile = (target) =>
  !/^(https?:|mailto:|#)/.test(target) && !/\.md(#|$)/.test(target)

const isReadme = (target) =>
  !/^https?:/.test(target) && /(^|\/)README\.md(#|$)/.test(target)

/** As GitHub makes them of headings, so that a link leads to its place here and there. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
    .replaceAll(" ", "-")

/** Links to sources and other files lead into the repository, as soon as its address is known; those to a README to its page. */
function linkFiles(md) {
  const open = md.renderer.rules.link_open
  md.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const target = tokens[index].attrGet("href")
    if (target && isReadme(target)) {
      tokens[index].attrSet("href", target.replace("README.md", "index.md"))
    } else if (address && target && isFile(target)) {
      const file = path.join(path.dirname(env.relativePath), target)
      tokens[index].attrSet("href", `${address}/blob/main/${file}`)
    }
    return open(tokens, index, options, env, self)
  }
}

function copy(file, outDir) {
  const target = path.join(outDir, file)
  mkdirSync(path.dirname(target), { recursive: true })
  copyFileSync(path.join(ROOT, file), target)
}

/** The documents as they are, which language models read better, and what they link to. */
function copySources({ outDir }) {
  for (const file of files) {
    copy(file, outDir)
    for (const [, target] of read(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (isFile(target)) {
        copy(path.join(path.dirname(file), target), outDir)
      }
    }
  }
}

/** https://llmstxt.org: what there is, and all of it in one file. */
function writeLlmsTxt({ outDir }) {
  const lists = sections.map(
    ({ name, pages }) =>
      `## ${name}\n\n${pages.map(({ title, file }) => `- [${title}](${file})`).join("\n")}\n`
  )
  const head = `# ${TITLE}\n\n> ${DESCRIPTION}\n`
  writeFileSync(
    path.join(outDir, "llms.txt"),
    [
      head,
      ...lists,
      "All pages in one file: [llms-full.txt](llms-full.txt)\n",
    ].join("\n")
  )
  writeFileSync(
    path.join(outDir, "llms-full.txt"),
    files.map((file) => `<!-- ${file} -->\n\n${read(file)}`).join("\n")
  )
}

/** What is in no section is found by no reader, and is missing in llms.txt. */
function checkSections({ pages }) {
  const missing = pages.filter((page) => !files.includes(page))
  if (missing.length > 0) {
    throw new Error(`no section names ${missing.join(", ")}`)
  }
}

/** The pages are outside of this folder, whose packages they need. */
const vueOfTheSite = {
  name: "vue-of-the-site",
  enforce: "pre",
  resolveId(id, importer, options) {
    return importer && /^vue(\/|$)/.test(id)
      ? this.resolve(id, import.meta.filename, { ...options, skipSelf: true })
      : undefined
  },
}

export default defineConfig({
  title: TITLE,
  description: DESCRIPTION,
  lang: "en",
  base: process.env.SITE_BASE ?? "/",
  srcDir: ROOT,
  outDir: path.join(import.meta.dirname, "dist"),
  cacheDir: path.join(import.meta.dirname, "cache"),
  // Everything else in the repository is no page.
  srcExclude: [
    "{.*,benchmark,coverage,demo,dist,integration-tests,site,src,stress}/**",
  ],
  rewrites: {
    "README.md": "index.md",
    "examples/without-redis/README.md": "examples/without-redis/index.md",
  },
  cleanUrls: true,
  // A browser asks for /favicon.ico otherwise, which there is not.
  head: [["link", { rel: "icon", href: `data:image/svg+xml,${ICON}` }]],
  markdown: { anchor: { slugify: anchorOf }, config: linkFiles },
  vite: {
    publicDir: false,
    plugins: [vueOfTheSite],
  },
  buildEnd(config) {
    checkSections(config)
    copySources(config)
    writeLlmsTxt(config)
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: sections.map(({ name, pages }) => ({
      text: name,
      items: pages.map(({ title, file }) => ({
        text: title,
        link: pathOf(file),
      })),
    })),
    ...(address && {
      socialLinks: [{ icon: "github", link: address }],
      editLink: { pattern: `${address}/edit/main/:path` },
    }),
  },
})
