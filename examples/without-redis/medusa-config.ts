import { defineConfig, loadEnv } from "@medusajs/framework/utils"

loadEnv(process.env.NODE_ENV ?? "development", process.cwd())

// There is no redisUrl, and no module that names one. README.md says what that means for each part.
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    // Requests, subscribers and scheduled jobs in one process: events do not leave it.
    workerMode: "shared",
    http: {
      storeCors: process.env.STORE_CORS ?? "http://localhost:8000",
      adminCors: process.env.ADMIN_CORS ?? "http://localhost:9000",
      authCors: process.env.AUTH_CORS ?? "http://localhost:9000",
      jwtSecret: process.env.JWT_SECRET,
      cookieSecret: process.env.COOKIE_SECRET,
    },
    // Without https, as on a developer's machine, a browser sends no secure cookie, and nobody can sign in to the admin.
    cookieOptions: { secure: process.env.WITHOUT_HTTPS !== "true" },
  },
  admin: { disable: process.env.DISABLE_MEDUSA_ADMIN === "true" },
  // The page "Cache" in the settings of the admin.
  plugins: [{ resolve: "medusa-caching-postgres", options: {} }],
  featureFlags: { caching: true },
  modules: [
    {
      resolve: "@medusajs/medusa/caching",
      options: {
        providers: [
          {
            resolve: "medusa-caching-postgres",
            id: "caching-postgres",
            is_default: true,
            options: {},
          },
        ],
      },
    },
    {
      resolve: "@medusajs/medusa/locking",
      options: {
        providers: [
          {
            resolve: "@medusajs/medusa/locking-postgres",
            id: "locking-postgres",
            is_default: true,
          },
        ],
      },
    },
  ],
})
