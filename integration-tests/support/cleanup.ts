type Step = () => Promise<unknown>

/** What has to be undone when a program ends, for whatever reason. */
export class Cleanup {
  private readonly steps: Step[] = []
  private running?: Promise<void>

  add(step: Step): void {
    this.steps.unshift(step)
  }

  /** Undoes everything once, the last first. A step that fails does not keep the others from being done. */
  run(): Promise<void> {
    this.running ??= this.runAll()
    return this.running
  }

  private async runAll(): Promise<void> {
    for (let step = this.steps.shift(); step; step = this.steps.shift()) {
      try {
        await step()
      } catch (error) {
        process.stderr.write(`While cleaning up: ${String(error)}\n`)
      }
    }
  }
}
