/** A message of PostgreSQL's protocol: a type, a length that counts itself, and the body. */
export interface Message {
  /** Empty for a message by which a client logs in: it has no type. */
  readonly type: string
  readonly bytes: Buffer
  readonly body: Buffer
}

/**
 * Calls back with every whole message of a stream.
 *
 * @param isLogin whether the next message is one by which a client logs in
 * @returns takes the bytes of the stream
 */
export function messageReader(
  onMessage: (message: Message) => void,
  isLogin = () => false
): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const at = isLogin() ? 0 : 1
      const length =
        pending.length < at + 4 ? Infinity : at + pending.readUInt32BE(at)
      if (pending.length < length) {
        return
      }
      const bytes = pending.subarray(0, length)
      pending = pending.subarray(length)
      const type = bytes.toString("latin1", 0, at)
      onMessage({ type, bytes, body: bytes.subarray(at + 4) })
    }
  }
}
