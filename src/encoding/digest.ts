import { hash } from "node:crypto"
import { canonicalName } from "./canonical-name"

/** Bytes of a digest: what PostgreSQL's `uuid`, its only fixed-width type of 16 bytes, holds. */
export const DIGEST_BYTES = 16

/** How many digests of keys, and as many of tags, are remembered; each takes some 250 bytes. */
const MOST_REMEMBERED = 20_000
/** Longer names are digested anew each time, so that memory stays bounded. */
const LONGEST_REMEMBERED = 256

/**
 * Digests keys and tags of one namespace to fixed width: the first 128 bits of SHA-256 over
 * namespace, NUL and canonical name. A namespace has no NUL, so two different pairs never give the
 * same input. The same names come again and again, so their digests are remembered.
 */
export class Digester {
  private readonly keys = new Map<string, Buffer>()
  private readonly tags = new Map<string, Buffer>()

  constructor(private readonly namespace: string) {}

  /** @param name a key's canonical name */
  key(name: string): Buffer {
    return this.keys.get(name) ?? this.remember(this.keys, name, name)
  }

  tag(tag: string): Buffer {
    return (
      this.tags.get(tag) ?? this.remember(this.tags, tag, canonicalName(tag))
    )
  }

  private remember(
    digests: Map<string, Buffer>,
    name: string,
    canonical: string
  ): Buffer {
    const digest = hash(
      "sha256",
      `${this.namespace}\0${canonical}`,
      "buffer"
    ).subarray(0, DIGEST_BYTES)
    if (name.length <= LONGEST_REMEMBERED) {
      if (digests.size >= MOST_REMEMBERED) {
        // Starting over is cheaper than keeping an order of use, and happens rarely.
        digests.clear()
      }
      digests.set(name, digest)
    }
    return digest
  }
}
