/** Freezes a value that JSON can express, with all that is in it, however deep. */
export function freeze<T>(value: T): T {
  const left: object[] = isObject(value) ? [value] : []
  for (let item = left.pop(); item; item = left.pop()) {
    for (const member of Object.values(item) as unknown[]) {
      if (isObject(member)) {
        left.push(member)
      }
    }
    Object.freeze(item)
  }
  return value
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}
