import { hash } from "node:crypto"
import { canonicalName } from "./canonical-name"

/** Bytes of a digest: what PostgreSQL's `uuid`, its only fixed-width type of 16 bytes, holds. */
export const DIGEST_BYTES = 16

/** How many tag digests are remembered; each takes some 250 bytes. */
const REMEMBERED_TAGS = 20_000
/** Longer tags are digested anew each time, so that memory stays bounded. */
const LONGEST_REMEMBERED_TAG = 256

/**
 * Digests keys and tags of one namespace to fixed width: the first 128 bits of SHA-256 over
 * namespace, NUL and canonical name. A namespace has no NUL, so two different pairs never give the
 * same input.
 */
export class Digester {
  private readonly remembered = new Map<string, Buffer>()

  constructor(private readonly namespace: string) {}

  /** @param name a key's canonical name */
  key(name: string): Buffer {
    return this.digest(name)
  }

  /** The same tags come with nearly every call, so their digests are remembered. */
  tag(tag: string): Buffer {
    const known = this.remembered.get(tag)
    if (known) {
      return known
    }
    const digest = this.digest(canonicalName(tag))
    if (tag.length <= LONGEST_REMEMBERED_TAG) {
      if (this.remembered.size >= REMEMBERED_TAGS) {
        // Starting over is cheaper than keeping an order of use, and happens rarely.
        this.remembered.clear()
      }
      this.remembered.set(tag, digest)
    }
    return digest
  }

  private digest(name: string): Buffer {
    return hash("sha256", `${this.namespace}\0${name}`, "buffer").subarray(
      0,
      DIGEST_BYTES
    )
  }
}
