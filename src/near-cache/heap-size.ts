/** Bytes on V8's heap without pointer compression, as Node has it. */
const POINTER = 8
const OBJECT = 3 * POINTER
/** What an object without fields has room for. */
const UNUSED = 4 * POINTER
/** With the header of its elements. */
const ARRAY = 6 * POINTER
const STRING = 2 * POINTER
/** A number that is no 32-bit integer has a box of its own. */
const BOX = 2 * POINTER
/** Beyond Latin-1 a character takes two bytes. */
const WIDE = /[^\0-\xff]/

/** A field more in a hidden class: the class itself and its descriptor. */
const HIDDEN_CLASS = 96
/** From so many fields on an object has a hash table instead. */
const DICTIONARY_LENGTH = 128
/** On top of the pointer, in such a table; elements that are not dense have one, too. */
const DICTIONARY_ENTRY = 5 * POINTER
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39

/** 32-bit FNV-1a. */
const FNV_BASIS = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193
/**
 * Hashes of field names in their order: the hidden classes that were counted already. Two that have one place in it are
 * counted again and again; that is rare, and needs no limit and no order of use.
 */
const counted = new Int32Array(16_384)

/**
 * About how many bytes a value takes that JSON can express. Objects with the same names in the same order share
 * hidden classes, which are counted once in a process: shops have few, but a map with ids for names has its own.
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
  let hash = FNV_BASIS
  for (const name of names) {
    size += POINTER + heapSize(object[name])
    const first = name.charCodeAt(0)
    const isElement = first >= DIGIT_0 && first <= DIGIT_9
    if (isDictionary || isElement) {
      size += DICTIONARY_ENTRY
    }
    if (!isElement) {
      hash = hashOn(hash, name)
      if (isNew(hash)) {
        size += STRING + name.length + (isDictionary ? 0 : HIDDEN_CLASS)
      }
    }
  }
  return size
}

function isNew(hash: number): boolean {
  const place = hash & (counted.length - 1)
  if (counted[place] === hash) {
    return false
  }
  counted[place] = hash
  return true
}

/** The empty name, too, makes a difference. */
function hashOn(hash: number, name: string): number {
  let next = Math.imul(hash ^ name.length, FNV_PRIME)
  for (let index = 0; index < name.length; index++) {
    next = Math.imul(next ^ name.charCodeAt(index), FNV_PRIME)
  }
  return next
}
