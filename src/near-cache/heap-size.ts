/** Bytes on V8's heap without pointer compression, as Node has it. */
const POINTER = 8
const OBJECT = 3 * POINTER
const STRING = 2 * POINTER
/** Beyond Latin-1 a character takes two bytes. */
const WIDE = /[^\0-\xff]/

/**
 * About how many bytes a value takes that JSON can express. Names of properties are shared by objects of one
 * shape and so count for nothing; numbers count as stored in place.
 */
export function heapSize(value: unknown): number {
  if (typeof value === "string") {
    return STRING + value.length * (WIDE.test(value) ? 2 : 1)
  }
  if (typeof value !== "object" || value === null) {
    return 0
  }
  const members = Array.isArray(value) ? value : Object.values(value)
  let size = OBJECT
  for (const member of members as unknown[]) {
    size += POINTER + heapSize(member)
  }
  return size
}
