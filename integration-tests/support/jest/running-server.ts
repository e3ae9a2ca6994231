import type { PostgresServer } from "../postgres"

// Jest loads set-up and teardown separately; what they share is the process.
const holder = globalThis as { testServer?: PostgresServer }

export function keepServer(server: PostgresServer): void {
  holder.testServer = server
}

export function takeServer(): PostgresServer | undefined {
  const server = holder.testServer
  delete holder.testServer
  return server
}
