const { projects, ...options } = require("./jest.config")

/** The page in the admin in a real browser: `npm run test:admin`, as building a shop's admin takes minutes. */
module.exports = {
  ...options,
  // The demo builds the package anew, which another spec would miss meanwhile.
  maxWorkers: 1,
  projects: [
    {
      ...projects.find(({ displayName }) => displayName === "integration"),
      displayName: "browser",
      testMatch: ["<rootDir>/integration-tests/**/*.browser.ts"],
    },
  ],
}
