import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { findToolchain } from "../../src/sandbox/toolchain/toolchain";
import { PROJECT_ROOT, TEST_TIMEOUT_MILLIS } from "./support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

/** No code that a shell, cdktf or Node.js uses of its own accord. */
const EXIT_CODE = 47;

const reportSchema = v.object({
  sandboxUrl: v.string(),
  awsUrl: v.string(),
  runs: v.array(
    v.object({
      command: v.string(),
      exitCode: v.number(),
      output: v.string(),
      liveKeys: v.number(),
      providers: v.array(v.string()),
    }),
  ),
});

/** Runs in the sandbox: each command of cdktf, and after it the number of vendor keys. */
const DRIVER = `
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
const attempt = (what) => { try { return what(); } catch { return ""; } };
/** Processes of AWS providers that are kept for the folder. */
const kept = () => readdirSync("/proc").filter((pid) => /^[0-9]+$/.test(pid)
  && /terraform-provider-aws.*-debug/s.test(attempt(() => readFileSync("/proc/" + pid + "/cmdline", "utf8")))
  && attempt(() => readlinkSync("/proc/" + pid + "/cwd")).startsWith(import.meta.dirname));
const { SANDBOX_URL, AWS_ENDPOINT_URL, SANDBOX_OPENAI_URL, SANDBOX_OPENAI_ADMIN_KEY, OPENAI_PROJECT_ID } = process.env;
const [cdktf, ...flags] = process.argv.slice(2);
const runs = [];
for (const command of ["deploy --auto-approve", "diff", "destroy --auto-approve"]) {
  const child = spawn(cdktf, [...command.split(" "), ...flags], { cwd: import.meta.dirname });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => { output += text; });
  // Not waited for in one go: fetch has to learn of a connection that was closed meanwhile.
  const exitCode = await new Promise((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  const url = SANDBOX_OPENAI_URL + "/organization/projects/" + OPENAI_PROJECT_ID + "/api_keys?owner_project_access=any";
  const keys = await (await fetch(url, { headers: { authorization: "Bearer " + SANDBOX_OPENAI_ADMIN_KEY } })).json();
  runs.push({ command, exitCode, output, liveKeys: keys.data.length, providers: kept() });
}
const report = { sandboxUrl: SANDBOX_URL, awsUrl: AWS_ENDPOINT_URL, runs };
writeFileSync(import.meta.dirname + "/report.json", JSON.stringify(report));
process.exit(${EXIT_CODE});
`;

describe("the quickstart, with the real cdktf in `scoped-keys sandbox`", () => {
  let folder: string;
  let exitCode: number | null;
  let printed: string;
  let report: v.InferOutput<typeof reportSchema>;
  let end: () => void = () => undefined;
  const run = (command: string) => {
    const found = report.runs.find((each) => each.command.startsWith(command));
    if (found === undefined) throw new Error(`${command} was not run`);
    return found;
  };

  beforeAll(async () => {
    // GIVEN: inside the project, where the package finds itself by name as in a user's node_modules
    mkdirSync(join(PROJECT_ROOT, ".sandbox"), { recursive: true });
    folder = mkdtempSync(join(PROJECT_ROOT, ".sandbox", "e2e-"));
    copyFileSync(join(PROJECT_ROOT, "examples/quickstart/main.ts"), join(folder, "main.ts"));
    const settings = v.parse(
      v.looseObject({ app: v.literal("npx tsx examples/quickstart/main.ts") }),
      JSON.parse(readFileSync(join(PROJECT_ROOT, "cdktf.json"), "utf8")),
    );
    writeFileSync(join(folder, "cdktf.json"), JSON.stringify({ ...settings, app: "npx tsx main.ts" }));
    writeFileSync(join(folder, "driver.mjs"), DRIVER);
    const { terraform, usesMirror } = await findToolchain({
      projectRoot: PROJECT_ROOT,
      environment: process.env,
      platform: process.platform,
      arch: process.arch,
    });
    // WHEN
    const command = [process.execPath, join(folder, "driver.mjs"), join(PROJECT_ROOT, "node_modules/.bin/cdktf")];
    const child = spawn(
      process.execPath,
      [
        "bin/scoped-keys.js",
        "sandbox",
        "--keep-provider",
        "--",
        ...command,
        ...(usesMirror ? ["--skip-provider-lock"] : []),
      ],
      {
        cwd: PROJECT_ROOT,
        env: { ...process.env, CI: "1", TERRAFORM_BINARY_NAME: basename(terraform) },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    end = () => child.kill("SIGTERM");
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    exitCode = await new Promise((resolve) => child.once("close", resolve));
    printed = Buffer.concat(chunks).toString("utf8");
    if (exitCode !== EXIT_CODE) throw new Error(`The sandbox ended with ${exitCode}:\n${printed}`);
    report = v.parse(reportSchema, JSON.parse(readFileSync(join(folder, "report.json"), "utf8")));
  });
  afterAll(() => {
    end();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("is deployed with a vendor key for each declared key", () => {
    const { exitCode, output, liveKeys } = run("deploy");
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining("Apply complete!") });
    expect(liveKeys).toBe(2);
  });

  test("shows no changes after that", () => {
    const { exitCode, output, liveKeys } = run("diff");
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining("No changes.") });
    expect(liveKeys).toBe(2);
  });

  test("is destroyed without a trace at the vendor and in the state", () => {
    const { exitCode, output, liveKeys } = run("destroy");
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining("Destroy complete!") });
    expect(liveKeys).toBe(0);
    const state: unknown = JSON.parse(readFileSync(join(folder, "terraform.ai-keys.tfstate"), "utf8"));
    expect(state).toMatchObject({ resources: [] });
  });

  test("is served by one AWS provider from its deployment to its end", () => {
    const [deploy, diff, destroy] = report.runs.map(({ providers }) => providers);
    expect(deploy).toHaveLength(1);
    expect([diff, destroy]).toEqual([deploy, deploy]);
  });

  test("ends with the command's exit code, and with it the sandbox", async () => {
    expect(exitCode).toBe(EXIT_CODE);
    await expect(fetch(report.sandboxUrl)).rejects.toThrow();
    await expect(fetch(report.awsUrl)).rejects.toThrow();
  });
});
