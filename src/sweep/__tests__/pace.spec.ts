import { Pace } from "../pace"

describe("Pace", () => {
  it("Batches of the sweep grow while they are quick, up to a bound.", () => {
    const pace = new Pace()
    expect(pace.rows).toBe(500)
    expect(pace.after(10)).toBe(10)
    expect(pace.rows).toBe(1_000)
    for (let batch = 0; batch < 10; batch++) {
      pace.after(1)
    }
    expect(pace.rows).toBe(2_000)
  })

  it("Slow batches of the sweep become smaller and the pauses longer, within bounds.", () => {
    const pace = new Pace()
    expect(pace.after(200)).toBe(800)
    expect(pace.rows).toBe(250)
    for (let batch = 0; batch < 10; batch++) {
      pace.after(200)
    }
    expect(pace.rows).toBe(50)
    expect(pace.after(60_000)).toBe(5_000)
  })

  it("A batch of the sweep that is neither quick nor slow keeps its size and is followed by an equal pause.", () => {
    const pace = new Pace()
    expect(pace.after(50)).toBe(50)
    expect(pace.rows).toBe(500)
  })
})
