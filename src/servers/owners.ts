import { hash } from "node:crypto"

/**
 * Which of several servers holds a key: the one with the largest hash of its name and the key (rendezvous, or highest
 * random weight, hashing). So a server that comes takes its share of keys from all others, and one that goes leaves its
 * keys to all others; no other key moves.
 *
 * @param digest of the key, in hex digits
 */
export function ownerOf(
  names: readonly string[],
  digest: string
): string | undefined {
  let owner: string | undefined
  let largest = ""
  for (const name of names) {
    const weight = hash("sha256", `${name} ${digest}`)
    if (weight > largest) {
      largest = weight
      owner = name
    }
  }
  return owner
}
