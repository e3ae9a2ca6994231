import type { Statement } from "./statement-recorder"

const PROTOCOL_3 = 3
const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104

interface Handlers {
  onStatement(statement: Statement): void
  onEncryptionRequest(): void
  onForward(bytes: Buffer): void
}

/**
 * Reads what a PostgreSQL client sends, as far as it says which statements are executed: a simple query carries its text,
 * a prepared one is named when it is bound.
 */
export class FrontendMessages {
  #pending: Buffer = Buffer.alloc(0)
  #application = ""
  #started = false
  #prepared = new Map<string, string>()

  constructor(readonly handlers: Handlers) {}

  push(bytes: Buffer): void {
    this.#pending =
      this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])

    while (this.#started ? this.#takeMessage() : this.#takeStartup()) {
      // Each turn takes one message off.
    }
  }

  /** The first message of a connection has no type. */
  #takeStartup(): boolean {
    const message = this.#take(0)
    if (!message) {
      return false
    }

    const code = message.readUInt32BE(4)
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.handlers.onEncryptionRequest()
      return true
    }
    if (code >>> 16 === PROTOCOL_3) {
      this.#application = parameter(message, "application_name")
    }

    this.#started = true
    this.handlers.onForward(message)
    return true
  }

  #takeMessage(): boolean {
    const message = this.#take(1)
    if (!message) {
      return false
    }

    this.#note(String.fromCharCode(message[0] ?? 0), message.subarray(5))
    this.handlers.onForward(message)
    return true
  }

  #note(type: string, body: Buffer): void {
    const [first = "", second = ""] = texts(body, 2)

    if (type === "Q") {
      this.#execute(first)
    } else if (type === "P") {
      this.#prepared.set(first, second)
    } else if (type === "B") {
      this.#execute(this.#prepared.get(second) ?? "")
    }
  }

  #execute(sql: string): void {
    this.handlers.onStatement({ sql, application: this.#application })
  }

  /** One whole message, once it is there: a type of `offset` bytes, and a length that counts itself but not the type. */
  #take(offset: number): Buffer | undefined {
    if (this.#pending.length < offset + 4) {
      return undefined
    }

    const length = offset + this.#pending.readUInt32BE(offset)
    if (this.#pending.length < length) {
      return undefined
    }

    const message = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    return message
  }
}

function parameter(startup: Buffer, name: string): string {
  const parts = startup.subarray(8).toString("utf8").split("\0")
  const index = parts.indexOf(name)

  return index < 0 ? "" : (parts[index + 1] ?? "")
}

/** The first texts of a message, each of which ends with a zero byte. */
function texts(body: Buffer, count: number): string[] {
  const found: string[] = []

  for (let from = 0; found.length < count && from < body.length;) {
    const end = body.indexOf(0, from)
    if (end < 0) {
      break
    }
    found.push(body.toString("utf8", from, end))
    from = end + 1
  }

  return found
}
