import { Fifo } from "../fifo"

describe("a queue", () => {
  it("gives what was pushed in its order, however often it is cut", () => {
    const fifo = new Fifo<number>()
    const given: (number | undefined)[] = []
    for (let item = 0; item < 10_000; item++) {
      fifo.push(item)
      if (item % 4 > 0) {
        given.push(fifo.peek())
        fifo.shift()
      }
    }
    expect(fifo).toHaveLength(2_500)
    while (fifo.length > 0) {
      given.push(fifo.peek())
      fifo.shift()
    }
    expect(given).toEqual(Array.from({ length: 10_000 }, (_, item) => item))
    expect(fifo.peek()).toBeUndefined()
  })
})
