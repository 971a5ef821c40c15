// The rules that keep two worlds apart and rooms on their floors. `npm run lint` holds every import
// against them, type imports included.

/** Rooms that run in Lambda, and what they are made of. */
const FUNCTIONS = "^src/(handlers|engine|events|http|ledger|model|rate-limit|secrets|custom)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circle",
      comment: "Who imports each other is one room: take what both need below both.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-missing-file",
      severity: "error",
      from: {},
      // Types alone: the package is @types/sarif.
      to: { couldNotResolve: true, pathNot: "^sarif$" },
    },
    {
      name: "one-file-imports-terraform",
      comment: "CDKTF and its providers come through constructs/terraform.ts, so that another CDK is one file.",
      severity: "error",
      from: { path: "^(constructs|src)/", pathNot: "^constructs/terraform\\.ts$" },
      to: { path: "^node_modules/(cdktf|cdktn|constructs|@cdktf|@cdktn)/" },
    },
    {
      name: "single-modules-of-providers",
      comment: "The index of a provider package loads thousands of classes.",
      severity: "error",
      from: { path: "^constructs/terraform\\.ts$" },
      to: { path: "^node_modules/@cdk(tf|tn)/[^/]+/(?!lib/[^/]+/index\\.js$)" },
    },
    {
      name: "src-knows-no-constructs",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^constructs/" },
    },
    {
      name: "constructs-carry-no-adapter",
      comment:
        "Of src/ they take the model, descriptors, and what reads adapter files; test/architecture.test.ts holds the rest to types.",
      severity: "error",
      from: { path: "^constructs/" },
      to: {
        path: "^src/",
        pathNot: "^src/(model/|custom/index\\.ts|vendors/(vendor|descriptors|[^/]+/descriptor)\\.ts)",
      },
    },
    {
      name: "the-model-stands-alone",
      severity: "error",
      from: { path: "^src/model/" },
      to: { pathNot: "^src/model/|^node_modules/valibot/", dependencyTypesNot: ["core"] },
    },
    {
      name: "the-engine-knows-no-vendor-and-no-sdk",
      severity: "error",
      from: { path: "^src/engine/" },
      to: { path: "^node_modules/(@aws-sdk|@smithy)/|^src/vendors/[^/]+/|^src/(handlers|cli|ledger|events)/" },
    },
    {
      name: "data-flows-down-in-the-engine",
      comment: "A command may use issuance; nothing below a command may use one.",
      severity: "error",
      from: { path: "^src/engine/", pathNot: "^src/engine/commands/" },
      to: { path: "^src/engine/commands/" },
    },
    {
      name: "strategies-are-answers",
      comment: "A strategy answers; who asks acts.",
      severity: "error",
      from: { path: "^src/engine/strategies/" },
      to: { pathNot: "^src/(engine/strategies|model)/" },
    },
    {
      name: "http-stands-below-vendors",
      severity: "error",
      from: { path: "^src/http/" },
      to: { path: "^src/(vendors|engine|sandbox|cli)/" },
    },
    {
      name: "functions-carry-no-simulator",
      severity: "error",
      from: { path: [FUNCTIONS, "^src/vendors/[^/]+/(?!simulator/)", "^src/vendors/[^/]+\\.ts$"] },
      to: { path: "^src/sandbox/|/simulator/" },
    },
    {
      name: "what-is-published-for-adapters-brings-no-sdk",
      severity: "error",
      from: { path: "^src/(adapter|testing/index|custom/index)\\.ts$" },
      to: { path: "^node_modules/(@aws-sdk|@smithy)/", reachable: true },
    },
  ],
  options: {
    // TypeScript 7 has no API that the tool could use; SWC reads type imports as well.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    // "constructs" is a package, and a folder of ours.
    webpackConfig: { fileName: "scripts/resolve.cjs" },
  },
};
