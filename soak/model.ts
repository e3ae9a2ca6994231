/** What this process has done to one key, by a clock that counts calls. */
interface History {
  /** The newest version that a set was asked for. */
  version: number
  /** When the set of the newest version had returned; `Infinity` before. */
  setReturned: number
}

interface Clear {
  readonly called: number
  readonly returned: number
}

/**
 * What a cache may answer to the process that alone writes its keys: nothing, or the newest version; and
 * nothing where a clear was called after the set had returned, and has returned itself.
 */
export class Model {
  private clock = 0
  private readonly histories = new Map<string, History>()
  private readonly cleared = new Map<string, Clear>()
  private everything?: Clear

  now(): number {
    return ++this.clock
  }

  /** @returns the version to be set */
  beginSet(key: string): number {
    const version = (this.histories.get(key)?.version ?? 0) + 1
    this.histories.set(key, { version, setReturned: Infinity })
    return version
  }

  endSet(key: string): void {
    this.histories.get(key)!.setReturned = this.now()
  }

  /** @param called by `now()`; @param key left out: all of them */
  endClear(called: number, key?: string): void {
    const clear = { called, returned: this.now() }
    if (key === undefined) {
      this.everything = clear
    } else {
      this.cleared.set(key, clear)
    }
  }

  /**
   * @param called when the get was called, by `now()`
   * @param version what it answered; nothing for a miss
   * @returns what is wrong with it, if anything
   */
  judge(
    key: string,
    called: number,
    version: number | undefined
  ): string | undefined {
    if (version === undefined) {
      return undefined
    }
    const history = this.histories.get(key)
    if (version !== history?.version) {
      return `${key}: got version ${version}, the newest is ${history?.version ?? "none"}`
    }
    const outdating = [this.cleared.get(key), this.everything].find(
      (clear) =>
        clear && clear.called > history.setReturned && clear.returned < called
    )
    return outdating
      ? `${key}: got version ${version}, which had been cleared`
      : undefined
  }
}
