import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { endRunFolder, makeRunFolder, type RunFolder, runIdOf } from "../../../src/sandbox/processes/run-folder";
import { checkInvocation } from "../../../src/sandbox/terraform/check";
import { installGuard } from "../../../src/sandbox/terraform/guard";
import { parseInvocation } from "../../../src/sandbox/terraform/invocation";
import { beginState } from "../../../src/sandbox/terraform/states";
import { testTools } from "../support/tools";

jest.setTimeout(120_000);

const LOCAL = 'terraform {\n  backend "local" {\n    path = "own.tfstate"\n  }\n}\n';
const RESOURCE = 'resource "terraform_data" "x" {\n  input = "sandbox"\n}\n';
/** A state that somebody's real keys are in. */
const REAL = `${JSON.stringify(
  {
    version: 4,
    terraform_version: "1.9.0",
    serial: 41,
    lineage: "3f1c9a52-6c1e-9f1d-7f0e-5a7c2b7f1a10",
    outputs: {},
    resources: [
      {
        mode: "managed",
        type: "terraform_data",
        name: "real",
        provider: 'provider["terraform.io/builtin/terraform"]',
        instances: [
          { schema_version: 0, attributes: { id: "real", input: null, output: null, triggers_replace: null } },
        ],
      },
    ],
    check_results: null,
  },
  undefined,
  2,
)}\n`;
const EMPTY = REAL.replace(/"resources": \[[\s\S]*\n {2}\]/, '"resources": []');

interface Ended {
  readonly code: number;
  readonly text: string;
}

let terraform: string;
let run: RunFolder;
let guard: ReturnType<typeof installGuard>;
let folder: string;

function beginRun(): void {
  run = makeRunFolder();
  guard = installGuard({
    folder: run.path,
    terraform,
    path: process.env["PATH"] ?? "",
    providersUrl: undefined,
    key: { accessKeyId: "AKIAGUARD", secretAccessKey: "of the guard" },
  });
}

async function endRun(): Promise<void> {
  run.letGo();
  await endRunFolder(run.path);
}

beforeAll(async () => {
  ({ terraform } = await testTools());
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scoped-keys-test-"));
  beginRun();
});
afterEach(async () => {
  await endRun();
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/**
 * Content of every file but what a test does not look at: providers and the lock of their versions.
 */
function contents(): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, "utf8")]),
  );
}

async function call(args: readonly string[], environment: NodeJS.ProcessEnv = {}, cwd = folder): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(guard.terraform, [...args], {
      cwd,
      env: { ...process.env, CHECKPOINT_DISABLE: "1", ...environment },
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

async function ok(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string> {
  const { code, text } = await call(args, environment);
  if (code !== 0) throw new Error(`terraform ${args.join(" ")} ended with ${code}:\n${text}`);
  return text;
}

/** What the guard says of a call, in this process, which is faster. */
function judged(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Ended {
  try {
    const invocation = parseInvocation(args, folder, environment);
    checkInvocation(
      invocation,
      { id: runIdOf(run.path), folder: run.path, tofu: false },
      join(run.path, "data"),
      environment,
    );
    return { code: 0, text: "" };
  } catch (error) {
    return { code: 1, text: String(error) };
  }
}

const APPLY = ["apply", "-auto-approve", "-input=false", "-no-color"];
const DESTROY = ["destroy", "-auto-approve", "-input=false", "-no-color"];

describe("a state that is not the run's stays byte for byte, and Terraform is not started", () => {
  const cases: Array<[string, Record<string, string>, string[], NodeJS.ProcessEnv, string]> = [
    [
      "of a folder without a backend",
      { "main.tf": RESOURCE, "terraform.tfstate": REAL },
      APPLY,
      {},
      "terraform.tfstate",
    ],
    ["of the local backend", { "main.tf": LOCAL + RESOURCE, "own.tfstate": REAL }, ["init"], {}, "own.tfstate"],
    ["that destroy would empty", { "main.tf": RESOURCE, "terraform.tfstate": REAL }, DESTROY, {}, "terraform.tfstate"],
    [
      "that refresh would forget",
      { "main.tf": RESOURCE, "terraform.tfstate": REAL },
      ["refresh"],
      {},
      "terraform.tfstate",
    ],
    ["that is emptied already", { "main.tf": RESOURCE, "terraform.tfstate": EMPTY }, APPLY, {}, "terraform.tfstate"],
    ["that cannot be read", { "main.tf": RESOURCE, "terraform.tfstate": "{" }, APPLY, {}, "terraform.tfstate"],
    [
      "of which a backup is left alone",
      { "main.tf": RESOURCE, "terraform.tfstate.backup": REAL },
      APPLY,
      {},
      "terraform.tfstate.backup",
    ],
    [
      "named by -state",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      [...APPLY, "-state=real.tfstate"],
      {},
      "real.tfstate",
    ],
    [
      "named by --state and a blank",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      [...APPLY, "--state", "real.tfstate"],
      {},
      "real.tfstate",
    ],
    [
      "named by -state-out",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      [...APPLY, "-state-out=real.tfstate"],
      {},
      "real.tfstate",
    ],
    [
      "named by -backup",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      [...APPLY, "-backup=real.tfstate"],
      {},
      "real.tfstate",
    ],
    [
      "named by -out of a plan",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      ["plan", "-out=real.tfstate"],
      {},
      "real.tfstate",
    ],
    [
      "named by TF_CLI_ARGS",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      APPLY,
      { TF_CLI_ARGS: "-state=real.tfstate" },
      "real.tfstate",
    ],
    [
      "named by TF_CLI_ARGS_apply, in quotes",
      { "main.tf": RESOURCE, "re al.tfstate": REAL },
      APPLY,
      { TF_CLI_ARGS_apply: "-state='re al.tfstate'" },
      "re al.tfstate",
    ],
    [
      "behind -chdir",
      { "deep/main.tf": RESOURCE, "deep/terraform.tfstate": REAL },
      ["-chdir=deep", ...APPLY],
      {},
      "deep/terraform.tfstate",
    ],
    [
      "of a workspace",
      { "main.tf": RESOURCE, "terraform.tfstate.d/prod/terraform.tfstate": REAL },
      APPLY,
      { TF_WORKSPACE: "prod" },
      "terraform.tfstate.d/prod/terraform.tfstate",
    ],
    [
      "of a workspace that is to be deleted",
      { "main.tf": RESOURCE, "terraform.tfstate.d/prod/terraform.tfstate": REAL },
      ["workspace", "delete", "-force", "prod"],
      {},
      "terraform.tfstate.d/prod/terraform.tfstate",
    ],
    [
      "of a workspace whose name leads elsewhere",
      { "main.tf": RESOURCE, "real/terraform.tfstate": REAL },
      APPLY,
      { TF_WORKSPACE: "../real" },
      "real/terraform.tfstate",
    ],
    [
      "beside the workspaces, where a workspace's name leads",
      {
        "main.tf": LOCAL.replace("path", 'workspace_dir = "deep/spaces"\n    path') + RESOURCE,
        "deep/terraform.tfstate": REAL,
      },
      APPLY,
      { TF_WORKSPACE: ".." },
      "deep/terraform.tfstate",
    ],
    [
      "named by -backup-out",
      { "main.tf": RESOURCE, "real.tfstate": REAL },
      ["state", "mv", "-state-out=other.tfstate", "-backup-out=real.tfstate", "terraform_data.x", "terraform_data.y"],
      {},
      "real.tfstate",
    ],
    [
      "of a workspace in a folder of its own",
      {
        "main.tf": LOCAL.replace("path", 'workspace_dir = "spaces"\n    path') + RESOURCE,
        "spaces/prod/terraform.tfstate": REAL,
      },
      ["init"],
      {},
      "spaces/prod/terraform.tfstate",
    ],
    [
      "that init would move to the backend",
      { "main.tf": LOCAL + RESOURCE, "terraform.tfstate": REAL },
      ["init", "-force-copy"],
      {},
      "terraform.tfstate",
    ],
    [
      "named by -backend-config",
      { "main.tf": LOCAL + RESOURCE, "real.tfstate": REAL },
      ["init", "-backend-config=path=real.tfstate"],
      {},
      "real.tfstate",
    ],
    [
      "that state push would replace",
      { "main.tf": RESOURCE, "terraform.tfstate": REAL, "x.json": EMPTY },
      ["state", "push", "-force", "x.json"],
      {},
      "terraform.tfstate",
    ],
  ];
  test.each(cases)("%s", (_which, files, args, environment, named) => {
    // GIVEN
    write(files);
    const before = contents();
    // WHEN
    const { code, text } = judged(args, environment);
    // THEN
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining("[SK355]") });
    expect(text).toContain(join(folder, named));
    expect(contents()).toEqual(before);
    expect(existsSync(join(folder, ".terraform"))).toBe(false);
  });

  test("also where a symbolic link leads to it", async () => {
    // GIVEN
    write({ "main.tf": RESOURCE, "elsewhere/real": REAL });
    symlinkSync(join(folder, "elsewhere/real"), join(folder, "terraform.tfstate"));
    // WHEN
    const { code, text } = await call(APPLY);
    // THEN
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining("[SK355]") });
    expect(readFileSync(join(folder, "elsewhere/real"), "utf8")).toBe(REAL);
  });
});

describe("a backend that is elsewhere is not spoken to", () => {
  const block = (type: string) => `terraform {\n  backend "${type}" {}\n}\n${RESOURCE}`;
  test.each<[string, Record<string, string>, string[], string?]>([
    ...["s3", "gcs", "azurerm", "consul", "pg", "http", "remote", "kubernetes", "oss", "cos", "oci"].map(
      (type): [string, Record<string, string>, string[]] => [type, { "main.tf": block(type) }, ["init"]],
    ),
    ["HCP", { "main.tf": `terraform {\n  cloud {\n    organization = "o"\n  }\n}\n${RESOURCE}` }, ["init"]],
    [
      "HCP in JSON",
      { "cdk.tf.json": '{"terraform":{"cloud":{"organization":"o","workspaces":{"name":"w"}}}}' },
      ["plan"],
    ],
    [
      "an override",
      { "main.tf": LOCAL + RESOURCE, "x_override.tf.json": '{"terraform":{"backend":{"s3":{}}}}' },
      ["init"],
    ],
    [
      "a state of others",
      { "main.tf": 'data "terraform_remote_state" "x" {\n  backend = "s3"\n}\n' },
      ["plan"],
      "SK286",
    ],
  ])("%s", (_what, files, args, error = "SK356") => {
    // GIVEN
    write(files);
    const before = contents();
    // WHEN
    const { code, text } = judged(args);
    // THEN
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining(`[${error}]`) });
    expect(text).toContain(join(folder, Object.keys(files).at(-1) ?? ""));
    expect(contents()).toEqual(before);
  });

  const READS =
    'data "terraform_remote_state" "x" {\n  backend = "http"\n  config = { address = "http://127.0.0.1:9/" }\n}\n';
  test.each<[string, Record<string, string>, string[], string]>([
    ["a module", { "main.tf": 'module "m" {\n  source = "./m"\n}\n', "m/x.tf": READS }, ["plan"], "m/x.tf"],
    [
      "a module of a module, in JSON",
      {
        "main.tf": 'module "m" {\n  source = "./m"\n}\n',
        "m/x.tf.json": '{"module":{"n":{"source":"../n"}}}',
        "n/y.tf.json": '{"data":{"terraform_remote_state":{"x":{"backend":"s3","config":{}}}}}',
      },
      APPLY,
      "n/y.tf.json",
    ],
    [
      "a module of a test",
      {
        "main.tf": RESOURCE,
        "m/x.tf": READS,
        "tests/a.tftest.hcl": 'run "a" {\n  module {\n    source = "./m"\n  }\n}\n',
      },
      ["test"],
      "m/x.tf",
    ],
  ])("nor is a state of others that %s reads", async (_what, files, args, named) => {
    // GIVEN
    write(files);
    await ok(["init", "-input=false"]);
    // WHEN
    const { code, text } = await call(args);
    // THEN
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining("[SK286]") });
    expect(text).toContain(join(folder, named));
  });

  test.each<[string, Record<string, string>]>([
    ["HCL", { "tests/a.tftest.hcl": 'run "a" {\n  backend "local" {\n    path = "real.tfstate"\n  }\n}\n' }],
    ["JSON", { "a.tftest.json": '{"run":{"a":{"backend":{"s3":{}}}}}' }],
  ])("nor is a backend of a test's own, in %s", (_what, files) => {
    write({ "main.tf": RESOURCE, ...files });
    const { code, text } = judged(["test"]);
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining("[SK357]") });
    expect(text).toContain(join(folder, Object.keys(files)[0] ?? ""));
  });

  test("a real http backend gets no request, and keeps its state and its lock", async () => {
    // GIVEN: a server that Terraform outside of the sandbox has its state at
    const requests: string[] = [];
    let state = "";
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.method === "POST") state = Buffer.concat(chunks).toString("utf8");
        response
          .writeHead(request.method === "GET" && state === "" ? 404 : 200)
          .end(request.method === "GET" ? state : "");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`;
    write({ "main.tf": `terraform {\n  backend "http" {\n    address = "${url}"\n  }\n}\n${RESOURCE}` });
    await promisify(execFile)(terraform, ["init", "-input=false"], { cwd: folder });
    await promisify(execFile)(terraform, APPLY, { cwd: folder });
    expect(state).toContain("terraform_data");
    const before = { state, files: contents() };
    requests.length = 0;
    try {
      // WHEN
      const ends: Ended[] = [];
      for (const args of [["init"], ["plan"], APPLY, ["refresh"], DESTROY, ["state", "pull"], ["force-unlock", "x"]]) {
        ends.push(await call(args));
      }
      // THEN
      expect(ends).toEqual(ends.map(() => ({ code: 1, text: expect.stringContaining('backend "http"') })));
      expect(requests).toEqual([]);
      expect({ state, files: contents() }).toEqual(before);
    } finally {
      server.close();
    }
  });

  test("nor is one that .terraform remembers, once the configuration has none", async () => {
    // GIVEN
    const note = `${JSON.stringify({ version: 3, serial: 1, lineage: "l", backend: { type: "http", config: { address: "http://127.0.0.1:1/state" }, hash: 1 } })}\n`;
    write({ "main.tf": RESOURCE, ".terraform/terraform.tfstate": note, ".terraform/environment": "prod" });
    // WHEN
    await ok(["init", "-input=false"]);
    await ok(APPLY);
    // THEN
    expect(contents()).toMatchObject({ ".terraform/terraform.tfstate": note, ".terraform/environment": "prod" });
  });
});

describe("what nobody can tell is refused", () => {
  test.each<[string, Record<string, string>, string[], string?]>([
    ["a configuration that is none", { "main.tf": "terraform {" }, APPLY],
    ["two backends", { "a.tf": LOCAL, "b.tf": LOCAL }, ["init"]],
    ["a state that is named by a variable", { "main.tf": LOCAL.replace('"own.tfstate"', "var.x") }, ["init"]],
    [
      "settings of the backend in a file",
      { "main.tf": LOCAL, "b.hcl": 'path = "x"' },
      ["init", "-backend-config=b.hcl"],
    ],
    ["a configuration that comes with init", {}, ["init", "-from-module=./other"], "SK287"],
    ["a login", {}, ["login"], "SK287"],
    ["a command of the future", {}, ["stacks", "plan"], "SK287"],
    ["a folder that is not there", {}, ["-chdir=nowhere", "plan"]],
  ])("%s", (_what, files, args, error = "SK357") => {
    write(files);
    expect(judged(args)).toEqual({ code: 1, text: expect.stringContaining(`[${error}]`) });
  });

  test("a saved plan of another world", async () => {
    // GIVEN: a plan of a real state, made outside of the sandbox
    write({ "main.tf": RESOURCE, "real/terraform.tfstate": REAL, "real/main.tf": RESOURCE });
    await promisify(execFile)(terraform, ["-chdir=real", "plan", "-out=../saved"], { cwd: folder });
    const before = contents();
    // WHEN
    const { code, text } = await call([...APPLY, "saved"]);
    // THEN
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining("[SK357]") });
    expect(text).toContain(join(folder, "saved"));
    expect(contents()).toEqual(before);
  });
});

describe("a state of the run's own", () => {
  test("lives from the first apply to destroy, in Terraform's usual place", async () => {
    write({ "main.tf": LOCAL + RESOURCE });
    await ok(["init", "-input=false"]);
    await ok(["plan", "-out=saved", "-input=false"]);
    await ok(["apply", "-input=false", "saved"]);
    expect(await ok(["state", "list"])).toMatch(/^terraform_data\.x$/m);
    expect(await ok(["plan", "-no-color"])).toContain("No changes.");
    expect(JSON.parse(readFileSync(join(folder, "own.tfstate"), "utf8"))).toMatchObject({
      lineage: expect.stringMatching(/^scoped-keys-sandbox-/),
      resources: [{ type: "terraform_data" }],
    });
    await ok(DESTROY);
    expect(await ok(["state", "list"])).not.toContain("terraform_data");
  });

  test("has workspaces, and -state", async () => {
    write({ "main.tf": RESOURCE });
    await ok(["workspace", "new", "trial"]);
    await ok(APPLY);
    expect(Object.keys(contents())).toContain("terraform.tfstate.d/trial/terraform.tfstate");
    await ok(["workspace", "select", "default"]);
    await ok([...APPLY, "-state=mine.tfstate"]);
    await ok([...APPLY, "-state=mine.tfstate"]);
    await endRun();
    beginRun();
    expect(Object.keys(contents()).filter((name) => !name.startsWith(".terraform"))).toEqual(["main.tf"]);
  });

  test("goes with the run, and its backups, when it names what has ended", async () => {
    // GIVEN
    write({ "main.tf": LOCAL + RESOURCE });
    const before = contents();
    await ok(["init", "-input=false"]);
    await ok(APPLY);
    await ok(["state", "mv", "terraform_data.x", "terraform_data.y"]);
    // WHEN
    await endRun();
    // THEN
    expect(contents()).toEqual(before);
    beginRun();
  });

  test("stays where destroy emptied it, and the next run begins anew with it", async () => {
    // GIVEN
    write({ "main.tf": LOCAL + RESOURCE });
    await ok(["init", "-input=false"]);
    await ok(APPLY);
    await ok(DESTROY);
    // WHEN
    await endRun();
    const left = contents();
    beginRun();
    await ok(["init", "-input=false"]);
    const second = await ok(APPLY);
    // THEN
    expect(Object.keys(left).sort()).toEqual(["main.tf", "own.tfstate"]);
    expect(JSON.parse(left["own.tfstate"] ?? "")).toMatchObject({ resources: [] });
    expect(second).toContain("1 added");
  });

  test("is not left where a plan found nothing to write", async () => {
    write({ "main.tf": RESOURCE });
    const before = contents();
    await ok(["plan"]);
    await endRun();
    expect(contents()).toEqual(before);
    beginRun();
  });

  test("is refused in the next run where somebody went on with it", async () => {
    // GIVEN: a real run goes on with what a sandbox has left empty
    write({ "main.tf": RESOURCE });
    await ok(APPLY);
    await ok(DESTROY);
    await endRun();
    await promisify(execFile)(terraform, APPLY, { cwd: folder });
    const before = contents();
    beginRun();
    // WHEN
    const { code, text } = await call(APPLY);
    // THEN
    expect({ code, text }).toEqual({
      code: 1,
      text: expect.stringContaining("an earlier run of the sandbox began it"),
    });
    await endRun();
    expect(contents()).toEqual(before);
    beginRun();
  });

  test("that Terraform outside of the sandbox went on with is neither used nor removed", async () => {
    // GIVEN
    write({ "main.tf": RESOURCE });
    await ok(APPLY);
    const file = join(folder, "terraform.tfstate");
    const topic = "arn:aws:sns:us-east-1:210987654321:real";
    const state = JSON.parse(readFileSync(file, "utf8"));
    state.resources.push({
      mode: "managed",
      type: "aws_sns_topic",
      name: "real",
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [{ schema_version: 0, attributes: { id: topic, arn: topic } }],
    });
    writeFileSync(file, JSON.stringify(state));
    const before = readFileSync(file, "utf8");
    // WHEN
    const { code, text } = judged(APPLY);
    await endRun();
    // THEN
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining("[SK355]") });
    expect(readFileSync(file, "utf8")).toBe(before);
    beginRun();
  });

  test("that names other accounts in its policies alone is the run's", () => {
    write({ "main.tf": RESOURCE });
    expect(judged(APPLY)).toEqual({ code: 0, text: "" });
    const file = join(folder, "terraform.tfstate");
    const state = JSON.parse(readFileSync(file, "utf8"));
    const policy = '{"Statement":[{"Principal":{"AWS":"arn:aws:iam::210987654321:role/reader"}}]}';
    const arn = "arn:aws:sns:us-east-1:123456789012:own";
    state.resources.push({ mode: "managed", instances: [{ attributes: { id: arn, arn, policy } }] });
    writeFileSync(file, JSON.stringify(state));
    expect(judged(APPLY)).toEqual({ code: 0, text: "" });
  });

  test("is not begun over what somebody wrote there meanwhile", () => {
    const file = join(folder, "terraform.tfstate");
    write({ "terraform.tfstate": REAL });
    expect(() => beginState(file, runIdOf(run.path), run.path)).toThrow("EEXIST");
    expect(readFileSync(file, "utf8")).toBe(REAL);
  });

  test("that somebody replaced by a real one is neither used nor removed", async () => {
    // GIVEN
    write({ "main.tf": RESOURCE });
    await ok(APPLY);
    write({ "terraform.tfstate": REAL });
    // WHEN
    const { text } = await call(APPLY);
    await endRun();
    // THEN
    expect(text).toContain("[SK355]");
    expect(contents()["terraform.tfstate"]).toBe(REAL);
    beginRun();
  });
});

describe("the guard", () => {
  test("gives way to the real binary: output, exit code and terminal are its own", async () => {
    write({ "main.tf": RESOURCE });
    expect(await call(["version"])).toEqual({ code: 0, text: expect.stringMatching(/^(?:Terraform|OpenTofu) v/) });
    expect(await call(["plan", "-detailed-exitcode", "-no-color"])).toEqual({
      code: 2,
      text: expect.stringContaining("1 to add"),
    });
  });

  test("lets pass what touches no state, whatever the configuration says", async () => {
    write({ "main.tf": 'terraform {\n  backend "s3" {}\n}\n' });
    for (const args of [["fmt"], ["init", "-backend=false", "-input=false"], ["validate"], ["version"], ["-help"]])
      await ok(args);
  });

  test("keeps .terraform as it was: what init and workspaces note is the run's alone", async () => {
    // GIVEN
    write({ "main.tf": LOCAL + RESOURCE });
    // WHEN
    await ok(["init", "-input=false"]);
    await ok(["workspace", "new", "trial"]);
    // THEN
    expect(readdirSync(join(folder, ".terraform"))).toEqual(["providers"]);
  });

  test("leaves nothing that another user can read", async () => {
    write({ "main.tf": RESOURCE });
    await ok(APPLY);
    expect(statSync(run.path).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "terraform.tfstate")).mode & 0o077).toBe(0);
  });
});
