import { defineConfig } from "@medusajs/framework/utils"

const isDefault = (id: string) => process.env.DEFAULT_CACHE === id

/** A shop on its way from Redis to PostgreSQL, or back. */
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: {
      storeCors: "http://localhost:8000",
      adminCors: "http://localhost:7001",
      authCors: "http://localhost:7001",
      jwtSecret: process.env.JWT_SECRET,
      cookieSecret: process.env.COOKIE_SECRET,
    },
  },
  admin: { disable: true },
  featureFlags: { caching: true },
  modules: [
    {
      resolve: "@medusajs/medusa/caching",
      options: {
        providers: [
          {
            resolve: "@medusajs/medusa/caching-redis",
            id: "caching-redis",
            is_default: isDefault("caching-redis"),
            options: { redisUrl: process.env.CACHE_REDIS_URL },
          },
          {
            resolve: "medusa-caching-postgres",
            id: "caching-postgres",
            is_default: isDefault("caching-postgres"),
            options: {},
          },
        ],
      },
    },
  ],
})
