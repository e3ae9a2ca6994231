/** The HTTP API of a shop, asked with the headers that one kind of user sends. */
export class ShopApi {
  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string>
  ) {}

  get<T>(path: string): Promise<T> {
    return this.send<T>("GET", path)
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.send<T>("POST", path, body)
  }

  private async send<T>(
    method: string,
    path: string,
    body?: object
  ): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.headers, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    })
    if (!response.ok) {
      throw new Error(
        `${method} ${path}: ${response.status} ${await response.text()}`
      )
    }
    return (await response.json()) as T
  }
}
