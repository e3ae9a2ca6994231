/** Taken items that are kept at most before the array is cut. */
const MOST_TAKEN = 1_000

/** A queue. An array's own `shift` moves all that is left, and a Set walks over what was deleted. */
export class Fifo<T> {
  private items: (T | undefined)[] = []
  private taken = 0

  get length(): number {
    return this.items.length - this.taken
  }

  push(item: T): void {
    this.items.push(item)
  }

  /** @returns the oldest, without taking it */
  peek(): T | undefined {
    return this.items[this.taken]
  }

  /** Takes the oldest. */
  shift(): void {
    this.items[this.taken++] = undefined
    if (this.taken > MOST_TAKEN && this.taken > this.items.length / 2) {
      this.items = this.items.slice(this.taken)
      this.taken = 0
    }
  }
}
