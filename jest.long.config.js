const { projects, ...common } = require("./jest.config");

/** Tests with commands of their own: `npm run test:long`, and `npm run test:vendors` for all vendors over 60 days. */
/** @type {import("jest").Config} */
module.exports = {
  ...common,
  projects: [{ ...projects[1], displayName: "long", testMatch: ["<rootDir>/test/long/**/*.test.ts"] }],
};
