import { request } from "node:http"

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
  options: RequestOptions = {}
): Promise<Reply> {
  const payload =
    options.body === undefined ? undefined : JSON.stringify(options.body)

  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent: false,
        method: options.method ?? "GET",
        headers: {
          ...(payload === undefined
            ? {}
            : {
                "content-type": "application/json",
                "content-length": Buffer.byteLength(payload),
              }),
          ...(options.token
            ? { authorization: `Bearer ${options.token}` }
            : {}),
        },
      },
      (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => (text += chunk))
        response.on("error", reject)
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: parse(text) })
        )
      }
    )
    outgoing.on("error", reject)
    outgoing.end(payload)
  })
}

export function expectBody<T>(reply: Reply): T {
  if (reply.status < 200 || reply.status > 299) {
    throw new Error(
      `The shop answered ${reply.status}: ${JSON.stringify(reply.body)}`
    )
  }

  return reply.body as T
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
