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

  it("finds the oldest that is meant", () => {
    const fifo = new Fifo<number>()
    ;[1, 2, 3, 4].forEach((item) => fifo.push(item))
    fifo.shift()
    expect(fifo.find((item) => item % 2 === 0)).toBe(2)
    expect(fifo.find((item) => item === 1)).toBeUndefined()
  })
})
