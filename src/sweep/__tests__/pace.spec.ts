import { Pace } from "../pace"

describe("the pace of the sweep", () => {
  it("grows while batches are quick, up to a bound", () => {
    const pace = new Pace()
    expect(pace.rows).toBe(500)
    expect(pace.after(10)).toBe(10)
    expect(pace.rows).toBe(1_000)
    for (let batch = 0; batch < 10; batch++) {
      pace.after(1)
    }
    expect(pace.rows).toBe(2_000)
  })

  it("backs off where batches are slow: fewer rows, longer rests, within bounds", () => {
    const pace = new Pace()
    expect(pace.after(200)).toBe(800)
    expect(pace.rows).toBe(250)
    for (let batch = 0; batch < 10; batch++) {
      pace.after(200)
    }
    expect(pace.rows).toBe(50)
    expect(pace.after(60_000)).toBe(5_000)
  })

  it("stays as it is in between, and rests as long as it worked", () => {
    const pace = new Pace()
    expect(pace.after(50)).toBe(50)
    expect(pace.rows).toBe(500)
  })
})
