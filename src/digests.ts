import { hash } from "node:crypto"

/**
 * Hex digits of a digest: the 128 bits that PostgreSQL's `uuid` holds, its only fixed-width type of that size. Hex,
 * since a Buffer for each digest takes three times as long to make.
 */
export const DIGEST_DIGITS = 32

/**
 * A key or tag as text that PostgreSQL can store. Different strings give different texts: JSON escapes NUL, which
 * PostgreSQL's text cannot hold, and lone surrogates, which UTF-8 cannot (ECMAScript's "well-formed JSON.stringify").
 */
export function canonicalName(name: string): string {
  return JSON.stringify(name)
}

/** How many digests of keys, and as many of tags, are remembered; each takes some 250 bytes. */
const MAX_REMEMBERED = 20_000
/** Characters; longer names are digested anew each time, so that memory stays bounded. */
const MAX_REMEMBERED_LENGTH = 256

/**
 * Digests keys and tags of one namespace to fixed width: the first 128 bits of SHA-256 over namespace, NUL and canonical
 * name. A namespace has no NUL, so two different pairs never give the same input. The same names come again and again,
 * so their digests are remembered.
 */
export class Digester {
  private readonly keys = new Map<string, string>()
  private readonly tags = new Map<string, string>()
  /** Stands for all keys and tags; unlike any of theirs, whose canonical names are JSON. */
  readonly everything: string

  constructor(private readonly namespace: string) {
    this.everything = this.digest("everything")
  }

  /** @param name a key's canonical name */
  key(name: string): string {
    return this.keys.get(name) ?? this.remember(this.keys, name, name)
  }

  tag(tag: string): string {
    return (
      this.tags.get(tag) ?? this.remember(this.tags, tag, canonicalName(tag))
    )
  }

  /** Remembers nothing: a clear names many tags that nothing has, and these would displace those of every set. */
  tagOnce(tag: string): string {
    return this.tags.get(tag) ?? this.digest(canonicalName(tag))
  }

  private remember(
    digests: Map<string, string>,
    name: string,
    canonical: string
  ): string {
    const digest = this.digest(canonical)
    if (name.length <= MAX_REMEMBERED_LENGTH) {
      if (digests.size >= MAX_REMEMBERED) {
        // Starting over is cheaper than keeping an order of use, and happens rarely.
        digests.clear()
      }
      digests.set(name, digest)
    }
    return digest
  }

  private digest(canonical: string): string {
    const digits = hash("sha256", `${this.namespace}\0${canonical}`)
    return digits.slice(0, DIGEST_DIGITS)
  }
}
