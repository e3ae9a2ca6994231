const QUIET_MS = 2500

/** Prints what happens as it happens, in plain lines: there may be no terminal. */
export class Narrator {
  readonly #started = performance.now()

  say(text = ""): void {
    process.stdout.write(`${text}\n`)
  }

  /** Announces something slow, tells now and then how far it is, and how long it took. */
  async during<T>(
    what: string,
    work: (tell: (progress: string) => void) => Promise<T>
  ): Promise<T> {
    this.say(`${this.#clock()} ${what} ...`)

    const started = performance.now()
    let progress = ""
    const timer = setInterval(() => {
      this.say(`${this.#clock()}   still at it${progress && `: ${progress}`}`)
    }, QUIET_MS)

    try {
      const result = await work((text) => (progress = text))
      this.say(
        `${this.#clock()}   done in ${seconds(performance.now() - started)}`
      )
      return result
    } finally {
      clearInterval(timer)
    }
  }

  #clock(): string {
    return `[${seconds(performance.now() - this.#started).padStart(7)}]`
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
