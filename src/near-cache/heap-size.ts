/** Bytes on V8's heap without pointer compression, as in Node. */
const POINTER = 8
const OBJECT = 3 * POINTER
/** V8 reserves room for four fields in an object without fields. */
const UNUSED = 4 * POINTER
/** With the header of its elements. */
const ARRAY = 6 * POINTER
const STRING = 2 * POINTER
/** For a number that is not a 32-bit integer. */
const BOX = 2 * POINTER
/** Beyond Latin-1 a character takes two bytes. */
const WIDE = /[^\0-\xff]/
/** One more field in a hidden class: the class and its descriptor. */
const HIDDEN_CLASS = 96
/** An object with so many fields has a hash table instead of a hidden class. */
const DICTIONARY_LENGTH = 128
/** Besides the pointer, in a hash table. Sparse elements have one, too. */
const DICTIONARY_ENTRY = 5 * POINTER
const HASH_BASIS = 0x811c9dc5 | 0
const HASH_PRIME = 0x01000193

/**
 * Hidden classes that were counted, as hashes of field names in their order. Two that share a place are counted again
 * and again; this is rare, and needs no eviction.
 */
const counted = new Int32Array(16_384)

/**
 * Estimates how many bytes a value that JSON can express takes. Objects with the same names in the same order share
 * hidden classes, which are counted once in a process. Shops have few of them, but each map with ids for names has its own.
 */
export function heapSize(value: unknown): number {
  if (typeof value === "string") {
    return stringSize(value)
  }
  if (typeof value === "number") {
    return value === (value | 0) ? 0 : BOX
  }
  if (typeof value !== "object" || value === null) {
    return 0
  }
  return Array.isArray(value)
    ? arraySize(value)
    : objectSize(value as Record<string, unknown>)
}

export function stringSize(value: string): number {
  return STRING + value.length * (WIDE.test(value) ? 2 : 1)
}

function arraySize(items: readonly unknown[]): number {
  let size = ARRAY
  for (const item of items) {
    size += POINTER + heapSize(item)
  }
  return size
}

function objectSize(object: Record<string, unknown>): number {
  const names = Object.keys(object)
  const isDictionary = names.length >= DICTIONARY_LENGTH
  let size = OBJECT + (names.length === 0 ? UNUSED : 0)
  let hiddenClass = 0
  for (const name of names) {
    size += POINTER + heapSize(object[name])
    const isElement = name.charAt(0) >= "0" && name.charAt(0) <= "9"
    if (isDictionary || isElement) {
      size += DICTIONARY_ENTRY
    }
    if (!isElement) {
      // One more, so that an empty name makes a difference.
      hiddenClass = hash(name, hiddenClass + 1)
      if (isNew(hiddenClass)) {
        size += STRING + name.length + (isDictionary ? 0 : HIDDEN_CLASS)
      }
    }
  }
  return size
}

/**
 * 32-bit FNV-1a.
 *
 * @param from the hash of what comes before the text
 */
export function hash(text: string, from = HASH_BASIS): number {
  let next = from
  for (let index = 0; index < text.length; index++) {
    next = Math.imul(next ^ text.charCodeAt(index), HASH_PRIME)
  }
  return next
}

function isNew(hiddenClass: number): boolean {
  const place = hiddenClass & (counted.length - 1)
  const isCounted = counted[place] === hiddenClass
  counted[place] = hiddenClass
  return !isCounted
}
