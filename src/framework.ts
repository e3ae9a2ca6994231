/* eslint-disable @typescript-eslint/no-require-imports -- a dynamic import would be asynchronous */

type Utils = typeof import("@medusajs/framework/utils")
type ModulesSdk = typeof import("@medusajs/framework/modules-sdk")

/*
 * Parts of Medusa's framework that take a second to load. A shop has loaded them before it caches anything; a command
 * such as doctor hardly ever needs them, and would wait for them at its start.
 */

export function frameworkUtils(): Utils {
  return require("@medusajs/framework/utils") as Utils
}

export function frameworkModulesSdk(): ModulesSdk {
  return require("@medusajs/framework/modules-sdk") as ModulesSdk
}
