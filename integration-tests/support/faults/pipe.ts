import type { Socket } from "node:net"

export type Direction = "requests" | "answers"

export interface PipeRules {
  isStalled(): boolean
  delayMs(): number
  /** @returns false when the target can take no more for now, as `Socket.write` does */
  pass(chunk: Buffer): boolean
}

/**
 * One direction of a connection. While it stalls it does not even read: what the sender has sent waits in the
 * sockets' buffers, as behind a network that is down, and is lost if the sender resets the connection.
 */
export class Pipe {
  /** Without a chunk: the end of the connection. */
  private readonly held: { readonly due: number; readonly chunk?: Buffer }[] =
    []
  private notBefore = 0
  private blocked = false
  private closed = false
  private timer?: NodeJS.Timeout

  constructor(
    private readonly source: Socket,
    private readonly target: Socket,
    private readonly rules: PipeRules
  ) {
    source.on("data", (chunk: Buffer) => this.take(chunk))
    source.on("end", () => this.take())
    target.on("drain", () => {
      this.blocked = false
      this.pump()
    })
    this.pump()
  }

  /** Passes nothing for so long, what comes meanwhile included. */
  holdFor(milliseconds: number): void {
    this.notBefore = performance.now() + milliseconds
    this.pump()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
  }

  /** Passes on whatever may go. */
  pump(): void {
    clearTimeout(this.timer)
    if (this.closed) {
      return
    }
    if (this.rules.isStalled() || this.blocked) {
      this.source.pause()
      return
    }
    for (;;) {
      const head = this.held[0]
      const waitMs =
        Math.max(head?.due ?? 0, this.notBefore) - performance.now()
      if (waitMs > 0) {
        if (!head) {
          this.source.pause()
        }
        this.timer = setTimeout(() => this.pump(), Math.ceil(waitMs))
        return
      }
      if (!head) {
        break
      }
      this.held.shift()
      this.pass(head.chunk)
      if (this.blocked) {
        this.source.pause()
        return
      }
    }
    this.source.resume()
  }

  private take(chunk?: Buffer): void {
    this.held.push({ due: performance.now() + this.rules.delayMs(), chunk })
    this.pump()
  }

  private pass(chunk: Buffer | undefined): void {
    if (chunk) {
      this.blocked = !this.rules.pass(chunk)
    } else {
      this.target.end()
    }
  }
}
