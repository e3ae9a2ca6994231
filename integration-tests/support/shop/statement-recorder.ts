import { TcpProxy } from "../faults/tcp-proxy"
import { messageReader } from "../postgres/messages"

export interface Statement {
  readonly sql: string
  /** The `application_name` that the connection gave when it was opened. */
  readonly application: string
}

/** Stands between a shop and PostgreSQL, and notes which statements the server is given. */
export interface StatementRecorder {
  /** The database's address, for a shop that is to be watched. */
  readonly url: string
  /** The statements that the server was given while `work` ran. */
  during<T>(
    work: () => Promise<T>
  ): Promise<{ result: T; statements: Statement[] }>
  stop(): Promise<void>
}

export async function recordStatements(
  databaseUrl: string
): Promise<StatementRecorder> {
  const statements: Statement[] = []
  const proxy = await TcpProxy.to(databaseUrl)
  proxy.watch = () => statementReader((statement) => statements.push(statement))
  return {
    url: proxy.url(databaseUrl),
    async during(work) {
      const from = statements.length
      const result = await work()
      return { result, statements: statements.slice(from) }
    },
    stop: () => proxy.close(),
  }
}

/**
 * Reads what a client sends, as far as it says which statements are executed: a simple query carries its text, a
 * prepared one is named when it is bound.
 */
function statementReader(
  onStatement: (statement: Statement) => void
): (bytes: Buffer) => void {
  let isLogin = true
  let application = ""
  const prepared = new Map<string, string>()
  return messageReader(
    ({ type, body }) => {
      const texts = body.toString("utf8").split("\0")
      const [first = "", second = ""] = texts
      if (isLogin) {
        application = texts[texts.indexOf("application_name") + 1] ?? ""
        // A client may ask for encryption first, with a code alone.
        isLogin = body.length === 4
      } else if (type === "Q") {
        onStatement({ sql: first, application })
      } else if (type === "P") {
        prepared.set(first, second)
      } else if (type === "B") {
        onStatement({ sql: prepared.get(second) ?? "", application })
      }
    },
    () => isLogin
  )
}

/** The application name of the provider's own connections. */
const CACHE_APPLICATION = "medusa-caching-postgres"

/** The queries with which Medusa itself reads the shop's tables. */
export function shopQueries(statements: Statement[]): string[] {
  return statements
    .filter(({ application }) => application !== CACHE_APPLICATION)
    .map(({ sql }) => sql)
    .filter((sql) => /^\s*select\b/i.test(sql))
}

/** Those of them that read products. */
export function productReads(statements: Statement[]): string[] {
  return shopQueries(statements).filter((sql) =>
    /\bfrom\s+("public"\.)?"product"/i.test(sql)
  )
}

/** The statements with which the provider works on its tables. */
export function cacheStatements(statements: Statement[]): string[] {
  return statements
    .filter(({ application }) => application === CACHE_APPLICATION)
    .map(({ sql }) => sql)
    .filter((sql) => sql.includes("caching_postgres_"))
}
