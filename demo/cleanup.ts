type Step = () => Promise<unknown>

/** What is to be undone at the end, whichever end it is: the last first. */
export class Cleanup {
  #steps: Step[] = []
  #running: Promise<void> | undefined

  add(step: Step): void {
    this.#steps.push(step)
  }

  /** Undoes everything, once; a step that fails keeps no other from being done. */
  async run(): Promise<void> {
    this.#running ??= this.#runAll()

    await this.#running
  }

  async #runAll(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        await step()
      } catch (error) {
        process.stderr.write(`While cleaning up: ${String(error)}\n`)
      }
    }
  }
}
