import { defineConfig } from "@medusajs/framework/utils"

// A shop writes its options down here. This one takes more from outside, so that one folder serves every test.
const moreOptions = JSON.parse(process.env.CACHE_OPTIONS ?? "{}") as Record<
  string,
  unknown
>

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
  },
  admin: { disable: true },
  featureFlags: { caching: process.env.CACHING !== "off" },
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
        ],
      },
    },
  ],
})
