const { projects, ...common } = require("./jest.config");

/** Tests with commands of their own: `npm run test:vendors`. */
/** @type {import("jest").Config} */
module.exports = {
  ...common,
  projects: [{ ...projects[1], displayName: "long", testMatch: ["<rootDir>/test/long/**/*.test.ts"] }],
};
