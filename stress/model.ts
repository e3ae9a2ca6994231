/**
 * Which versions of a key a cache may still answer with. The versions of a key only grow, so a single number says it:
 * the oldest version that is not outdated.
 */
export class Model {
  private readonly oldest = new Map<string, number>()
  /** Newest versions by key, of the keys that this process alone sets. */
  private readonly newest = new Map<string, number>()
  /** Of these, the versions whose set has returned. */
  private readonly stored = new Map<string, number>()

  /** A get that is called now must not answer with a version below this one. */
  oldestAllowed(key: string): number {
    return this.oldest.get(key) ?? 0
  }

  /** Versions below this one are outdated from now on. */
  outdate(key: string, version: number): void {
    this.oldest.set(key, Math.max(version, this.oldestAllowed(key)))
  }

  /** @returns the version to be set */
  beginSet(key: string): number {
    const version = (this.newest.get(key) ?? 0) + 1
    this.newest.set(key, version)
    this.outdate(key, version)
    return version
  }

  endSet(key: string): void {
    this.stored.set(key, this.newest.get(key)!)
  }

  /**
   * To be called when a clear is called: what is set meanwhile need not be removed.
   *
   * @param keys by default all that this process alone sets
   * @returns to be called when the clear has returned
   */
  beginClear(keys: readonly string[] = [...this.stored.keys()]): () => void {
    const cleared = keys.map((key) => [key, this.stored.get(key) ?? 0] as const)
    return () =>
      cleared.forEach(([key, version]) => this.outdate(key, version + 1))
  }

  /**
   * @param allowed what `oldestAllowed` said when the get was called
   * @returns what is wrong with the answer, if anything
   */
  judge(
    key: string,
    found: { readonly key: string; readonly version: number },
    allowed: number
  ): string | undefined {
    const newest = this.newest.get(key) ?? Infinity
    if (found.key !== key || found.version > newest) {
      return `${key}: got version ${found.version} of ${found.key}, which was never set`
    }
    return found.version < allowed
      ? `${key}: got version ${found.version}, those below ${allowed} are outdated`
      : undefined
  }
}
