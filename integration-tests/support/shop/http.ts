export interface Reply {
  readonly status: number
  readonly body: unknown
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "DELETE"
  readonly body?: unknown
  readonly token?: string
}

/** One request on a connection of its own: a kept one would hold up the shop's graceful shutdown. */
export async function fetchJson(
  url: string,
  { method = "GET", body, token }: RequestOptions = {}
): Promise<Reply> {
  const response = await fetch(url, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      connection: "close",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
  })
  const text = await response.text()
  return { status: response.status, body: parsed(text) ?? text }
}

export function expectBody<T>({ status, body }: Reply): T {
  if (status < 200 || status > 299) {
    throw new Error(`The shop answered ${status}: ${JSON.stringify(body)}`)
  }
  return body as T
}

/** @returns nothing for what is no JSON */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
