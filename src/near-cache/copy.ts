/** Copies a value that JSON can express, and shares nothing with it. */
export function copy<T>(value: T): T {
  return isObject(value) ? (copyOf(value) as T) : value
}

function copyOf(value: object): object {
  if (Array.isArray(value)) {
    const items = value.slice() as unknown[]
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      if (isObject(item)) {
        items[index] = copyOf(item)
      }
    }
    return items
  }
  // Spreading is fast, and copies a field `__proto__` as the field that it is.
  const fields: Record<string, unknown> = { ...value }
  for (const name in fields) {
    const field = fields[name]
    if (isObject(field)) {
      fields[name] = copyOf(field)
    }
  }
  return fields
}

/** Freezes a value that JSON can express on every level, however deep. */
export function freeze<T>(value: T): T {
  const left: unknown[] = [value]
  while (left.length > 0) {
    const item = left.pop()
    if (isObject(item)) {
      for (const member of Object.values(item)) {
        left.push(member)
      }
      Object.freeze(item)
    }
  }
  return value
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}
