import { maskUrl, maskUrls } from "../mask"

describe("masking", () => {
  it.each([
    ["postgres://user:secret@host:5432/db", "postgres://user:***@host:5432/db"],
    ["postgresql://user:s:e@c@host/db", "postgresql://user:***@host/db"],
    ["postgres://:secret@host", "postgres://:***@host"],
    ["postgres://user@host/db", "postgres://user@host/db"],
    ["postgres://host/db", "postgres://host/db"],
    [
      "postgres://host/db?user=u&password=secret&x=1",
      "postgres://host/db?user=u&password=***&x=1",
    ],
    [
      "postgres://host/db?sslpassword=secret",
      "postgres://host/db?sslpassword=***",
    ],
  ])("%s", (url, masked) => {
    expect(maskUrl(url)).toBe(masked)
  })

  it("finds URLs in a text", () => {
    expect(
      maskUrls('no "postgres://a:b@c/d" and no postgresql://e:f@g/h?password=i')
    ).toBe(
      'no "postgres://a:***@c/d" and no postgresql://e:***@g/h?password=***'
    )
  })
})
