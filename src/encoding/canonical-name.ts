/**
 * A key or tag as text that PostgreSQL can store, with different strings always giving different
 * texts: JSON escapes NUL, which PostgreSQL's text cannot hold, and lone surrogates, which UTF-8
 * cannot (ECMAScript's "well-formed JSON.stringify").
 */
export function canonicalName(name: string): string {
  return JSON.stringify(name)
}
