import { inRequest } from "../request"
import type { PostgresCachingProvider } from "../../../src/services"

type SetInput = Omit<Parameters<PostgresCachingProvider["set"]>[0], "key">

/** A request that has read a key, and sets it when the test says so: its load takes that long. */
export class Fill {
  private readonly stored: Promise<void>
  private load!: (input: SetInput) => void

  /** @param key to be set in the caller's async context, once it is loaded */
  private constructor(provider: PostgresCachingProvider, key: string) {
    const loading = new Promise<SetInput>((resolve) => (this.load = resolve))
    this.stored = this.store(provider, key, loading)
  }

  /**
   * @param read what the request waits for: by default a get of its own
   * @returns when the request has its answer
   */
  static begin(
    provider: PostgresCachingProvider,
    key: string,
    read: () => Promise<unknown> = () => provider.get({ key })
  ): Promise<Fill> {
    return inRequest(async () => {
      await read()
      return new Fill(provider, key)
    })
  }

  /** Ends the load: the request sets the value. */
  async end(input: SetInput): Promise<void> {
    this.load(input)
    await this.stored
  }

  private async store(
    provider: PostgresCachingProvider,
    key: string,
    loading: Promise<SetInput>
  ): Promise<void> {
    await provider.set({ key, ...(await loading) })
  }
}
