import { defineConfig } from "@medusajs/framework/utils"

// A shop writes its options down here. This one takes more from outside, so that one folder serves every test.
const fromOutside = (name: string) =>
  JSON.parse(process.env[name] ?? "{}") as Record<string, unknown>
const moreOptions = fromOutside("CACHE_OPTIONS")
const second = fromOutside("SECOND_CACHE")

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    workerMode: (process.env.MEDUSA_WORKER_MODE ?? "shared") as
      "shared" | "worker" | "server",
    http: {
      storeCors: "http://localhost:8000",
      adminCors: "http://localhost:7001",
      authCors: "http://localhost:7001",
      jwtSecret: process.env.JWT_SECRET,
      cookieSecret: process.env.COOKIE_SECRET,
    },
    // A shop in production is reached over https.
    cookieOptions: { secure: false },
  },
  admin: { disable: process.env.DISABLE_MEDUSA_ADMIN === "true" },
  plugins: [
    {
      resolve: "medusa-caching-postgres",
      options: fromOutside("PLUGIN_OPTIONS"),
    },
  ],
  featureFlags: { caching: process.env.SHOP_CACHING !== "off" },
  modules: [
    {
      resolve: "@medusajs/medusa/caching",
      options: {
        providers: [
          {
            resolve: process.env.CACHE_PROVIDER ?? "medusa-caching-postgres",
            id: "caching-postgres",
            is_default: true,
            options: { ttl: 3600, ...moreOptions },
          },
          ...(second.id ? [second] : []),
        ],
      },
    },
  ],
})
