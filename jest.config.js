const { availableParallelism } = require("node:os");

/** @type {import("jest").Config} */
const common = {
  testEnvironment: "node",
  // Examples import the package by its name; here they get the sources instead of what was built last.
  moduleNameMapper: {
    "^cdktf-scoped-keys$": "<rootDir>/constructs",
    "^cdktf-scoped-keys/(adapter|testing)$": "<rootDir>/src/$1",
  },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
};

/** @type {import("jest").Config} */
module.exports = {
  // End-to-end tests mostly wait for Terraform, so three at a time pay even on two cores.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  // Nothing is asserted about time; the limit is for what hangs, also on a machine that does much else.
  testTimeout: 60_000,
  // To end, a worker frees its memory: seconds for a gigabyte on a busy machine, and Jest waits half of one before it speaks of a leak. One that has something open never ends.
  workerGracefulExitTimeout: 20_000,
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts", "<rootDir>/examples/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "/test/e2e/", "/test/long/"],
    },
    { ...common, displayName: "e2e", testMatch: ["<rootDir>/test/e2e/**/*.test.ts"] },
  ],
};
