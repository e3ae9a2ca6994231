import fc from "fast-check"

/** One that comes so often, compared with the others of a `fc.oneof`. */
export const weighted = <T>(
  weight: number,
  arbitrary: fc.Arbitrary<T>
): { weight: number; arbitrary: fc.Arbitrary<T> } => ({ weight, arbitrary })

/** Strings that something on the way to the database and back could take for something else. */
const HOSTILE = [
  "\0",
  "a\0b",
  "\\u0000",
  "\ud800", // lone surrogates
  "\udc00",
  "\ufffd", // what UTF-8 makes of both
  "\u00fc", // ü in one code point
  "u\u0308", // and in two
  "\u{1F6D2}",
  "\u{10FFFF}",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "null",
  "NULL",
  "'",
  '"',
  "\\",
  "$1",
  "%",
  "{}",
  '{"a","b"}',
  " a",
  "A",
  "**",
  "'; drop table caching_postgres_entry; --",
  "' or true --",
]

/** Any sequence of UTF-16 code units at all, lone surrogates among them. */
const codeUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 4 })
  .map((units) => String.fromCharCode(...units))

/** Any code points of the seventeen planes. */
const codePoints = fc.string({ unit: "binary", minLength: 1, maxLength: 4 })

export const hostileName = fc.oneof(
  weighted(3, fc.constantFrom(...HOSTILE)),
  weighted(1, codeUnits),
  weighted(1, codePoints)
)

/** Few, so that a sequence comes back to the same entry again and again. */
export const key = fc.oneof(
  weighted(9, fc.constantFrom("a", "b", "c")),
  weighted(1, hostileName)
)

const tag = fc.oneof(
  weighted(12, fc.constantFrom("x", "y", "z")),
  // Of a set or get it is a tag like any other.
  weighted(1, fc.constant("*")),
  // So is a key's name, and the empty string.
  weighted(1, fc.constantFrom("a", "")),
  weighted(1, hostileName)
)

export const tags = fc.array(tag, { maxLength: 3 })
