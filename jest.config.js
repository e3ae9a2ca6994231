const transform = {
  "^.+\\.ts$": [
    "@swc/jest",
    {
      jsc: {
        target: "es2022",
        parser: { syntax: "typescript", decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: false },
      },
      // Most specs need little of Medusa, which takes seconds to load.
      module: { type: "commonjs", lazy: true },
    },
  ],
}

const common = {
  testEnvironment: "node",
  transform,
  // What the command line imports at run time, by the name that it has when compiled.
  moduleNameMapper: {
    "^(\\.\\./(?:connection|servers|services)/index)\\.js$": "$1",
  },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.matrix/"],
}

/** @type {import("jest").Config} */
module.exports = {
  // A test that needs longer than this names its own limit.
  testTimeout: 60_000,
  // Modules of Medusa stay in memory after each spec that loaded them, about 100 MB a spec.
  workerIdleMemoryLimit: "1GB",
  // Most tests wait for PostgreSQL or for a shop to start, not for their own core.
  maxWorkers: 3,
  // `npm run coverage` shows it. No figure is aimed at: what the tests start as processes of their own is not counted.
  coverageProvider: "v8",
  collectCoverageFrom: ["<rootDir>/src/**/*.ts"],
  coveragePathIgnorePatterns: ["/node_modules/", "/__tests__/"],
  coverageReporters: [["text", { file: "coverage.txt" }], "html"],
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/{src,benchmark}/**/__tests__/**/*.spec.ts"],
    },
    {
      ...common,
      displayName: "integration",
      testMatch: ["<rootDir>/integration-tests/**/*.spec.ts"],
      globalSetup: "<rootDir>/integration-tests/support/jest/global-setup.ts",
      globalTeardown:
        "<rootDir>/integration-tests/support/jest/global-teardown.ts",
    },
  ],
}
