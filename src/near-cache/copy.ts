/**
 * A copy of a value that JSON can express, of which nothing is shared with it. Spreading copies an object
 * in one go, with a field `__proto__` as the field that it is.
 */
export function copy<T>(value: T): T {
  return typeof value === "object" && value !== null
    ? (copyOf(value) as T)
    : value
}

function copyOf(value: object): object {
  if (Array.isArray(value)) {
    const items = value.slice() as unknown[]
    for (let n = 0; n < items.length; n++) {
      const item = items[n]
      if (typeof item === "object" && item !== null) {
        items[n] = copyOf(item)
      }
    }
    return items
  }
  const fields: Record<string, unknown> = { ...value }
  for (const name in fields) {
    const field = fields[name]
    if (typeof field === "object" && field !== null) {
      fields[name] = copyOf(field)
    }
  }
  return fields
}
