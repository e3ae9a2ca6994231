/** 32-bit FNV-1a. */
const BASIS = 0x811c9dc5 | 0
const PRIME = 0x01000193

/** @param from the hash of what comes before the text */
export function hash(text: string, from = BASIS): number {
  let next = from
  for (let index = 0; index < text.length; index++) {
    next = Math.imul(next ^ text.charCodeAt(index), PRIME)
  }
  return next
}
