import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { findToolchain, type Toolchain } from "../../src/sandbox/toolchain/toolchain";
import { type Run, scopedKeys } from "../cli/support/scoped-keys";
import { PROJECT_ROOT, TEST_TIMEOUT_MILLIS } from "../e2e/support/world";

jest.setTimeout(TEST_TIMEOUT_MILLIS);

/** A CDKTF app with one topic, kept in the state that CDKTF takes where no backend is declared. */
const PROGRAM = `
const { App, TerraformStack } = require("cdktf");
const { AwsProvider } = require("@cdktf/provider-aws/lib/provider");
const { SnsTopic } = require("@cdktf/provider-aws/lib/sns-topic");
const app = new App();
const stack = new TerraformStack(app, "ai-keys");
new AwsProvider(stack, "aws", { region: "us-east-1" });
new SnsTopic(stack, "topic", { name: "of-the-real-world" });
app.synth();
`;
/** Its process runs as long as the apply does. */
const PROVIDER = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "us-east-1"
}
resource "aws_sns_topic" "topic" {
  name       = "of-the-sandbox"
  depends_on = [terraform_data.slow]
}
`;
const STATE = "terraform.ai-keys.tfstate";

/** Runs in the sandbox: each command line of a shell, and what came of it. */
const DRIVER = `
const { spawnSync } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const [out, ...commands] = process.argv.slice(2);
const runs = commands.map((command) => {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: "utf8" });
  return { command, exitCode: status, output: stdout + stderr };
});
writeFileSync(out, JSON.stringify(runs));
`;
const runsSchema = v.array(v.object({ command: v.string(), exitCode: v.nullable(v.number()), output: v.string() }));

const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("a run of the sandbox, with the real cdktf and Terraform", () => {
  let tools: Toolchain;
  let folder: string;
  /** Of the commands: nothing may be left in it. */
  let temporary: string;
  let cdktf: string;
  beforeAll(async () => {
    tools = await findToolchain({
      projectRoot: PROJECT_ROOT,
      environment: process.env,
      platform: process.platform,
      arch: process.arch,
    });
    // Inside the project, where packages are found by their names.
    mkdirSync(join(PROJECT_ROOT, ".sandbox"), { recursive: true });
    folder = mkdtempSync(join(PROJECT_ROOT, ".sandbox", "e2e-"));
    temporary = mkdtempSync(join(tmpdir(), "scoped-keys-test-"));
    writeFileSync(join(folder, "main.js"), PROGRAM);
    writeFileSync(join(folder, "driver.js"), DRIVER);
    const settings = { language: "typescript", app: "node main.js", projectId: "e2e", sendCrashReports: "false" };
    writeFileSync(join(folder, "cdktf.json"), JSON.stringify(settings));
    const flags = tools.usesMirror ? " --skip-provider-lock" : "";
    cdktf = `node ${join(PROJECT_ROOT, "node_modules/cdktf-cli/bundle/bin/cdktf")}`;
    deploy = `${cdktf} deploy --auto-approve${flags}`;
    diff = `${cdktf} diff${flags}`;
    destroy = `${cdktf} destroy --auto-approve${flags}`;
  });
  afterAll(() => {
    for (const each of [folder, temporary]) if (each !== undefined) rmSync(each, { recursive: true, force: true });
  });
  let deploy: string;
  let diff: string;
  let destroy: string;

  const sandbox = (...command: string[]): Run =>
    scopedKeys(["sandbox", "--", ...command], { ...process.env, CI: "1", TMPDIR: temporary }, folder);

  async function runs(...commands: string[]): Promise<v.InferOutput<typeof runsSchema>> {
    const out = join(folder, "runs.json");
    const { code, stderr } = await sandbox("node", "driver.js", out, ...commands).ended;
    if (code !== 0) throw new Error(`the sandbox ended with ${code}:\n${stderr}`);
    return v.parse(runsSchema, JSON.parse(readFileSync(out, "utf8")));
  }

  /**
   * A state with AWS resources of a world that is not the next run's, as if it was made without the
   * sandbox.
   */
  async function realState(): Promise<string> {
    const [deployed, kept] = await runs(deploy, `cp ${STATE} kept`);
    expect({ ...deployed, ...kept }).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(folder, STATE))).toBe(false);
    const state = readFileSync(join(folder, "kept"), "utf8").replace(/scoped-keys-sandbox-[\w-]+/, crypto.randomUUID());
    rmSync(join(folder, "kept"));
    expect(state).toContain("of-the-real-world");
    writeFileSync(join(folder, STATE), state);
    return sha256(join(folder, STATE));
  }

  const leftIn = (path: string) => readdirSync(path).sort();

  test("never touches a local state of another world: not by cdktf, not by Terraform, not past the guard", async () => {
    // GIVEN
    const before = await realState();
    const stack = "cdktf.out/stacks/ai-keys";
    // WHEN
    const guarded = await runs(
      deploy,
      diff,
      destroy,
      `${cdktf} synth && terraform -chdir=${stack} init && terraform -chdir=${stack} apply -auto-approve`,
      `cd ${stack} && terraform apply -auto-approve`,
      `terraform -chdir=${stack} refresh`,
      `terraform -chdir=${stack} destroy -auto-approve`,
      `terraform -chdir=${stack} apply -auto-approve -state=../../../${STATE}`,
    );
    const afterGuarded = sha256(join(folder, STATE));
    const real = `${tools.terraform} -chdir=${stack}`;
    const unguarded = await runs(
      `${real} init -input=false`,
      `${real} plan`,
      `${real} apply -auto-approve`,
      `${real} apply -auto-approve -refresh=false`,
      `${real} refresh`,
      `${real} destroy -auto-approve`,
    );
    // THEN
    for (const { command, exitCode, output } of guarded) {
      expect({ command, exitCode, output }).toEqual({ command, exitCode: 1, output: expect.stringContaining("SK355") });
      expect(output.replace(/\s+/g, "")).toContain(join(folder, STATE).replace(/\s+/g, ""));
    }
    expect(afterGuarded).toBe(before);
    const [init, ...others] = unguarded;
    expect(init).toMatchObject({ exitCode: 0 });
    for (const { command, exitCode, output } of others) {
      expect({ command, exitCode, output }).toEqual({ command, exitCode: 1, output: expect.stringContaining("SK288") });
    }
    expect(sha256(join(folder, STATE))).toBe(before);
    expect(leftIn(folder).filter((name) => name.includes("tfstate"))).toEqual([STATE]);
    expect(leftIn(temporary)).toEqual([]);
    rmSync(join(folder, STATE));
  });

  test("deploys twice, one run after the other, and leaves no state of what has ended", async () => {
    for (const _run of [1, 2]) {
      const [deployed, differs] = await runs(deploy, diff);
      expect(deployed).toMatchObject({ exitCode: 0, output: expect.stringContaining("1 added") });
      expect(differs).toMatchObject({ exitCode: 0, output: expect.stringContaining("No changes.") });
      expect(leftIn(folder).filter((name) => name !== ".sandbox")).toEqual([
        "cdktf.json",
        "cdktf.out",
        "driver.js",
        "main.js",
        "runs.json",
      ]);
      expect(leftIn(temporary)).toEqual([]);
    }
  });

  describe("in the midst of an apply", () => {
    let plain: string;
    beforeAll(() => {
      plain = join(folder, "plain");
      mkdirSync(plain);
      writeFileSync(
        join(plain, "main.tf"),
        `resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "touch '${folder}/started'; sleep 120"
  }
}
`,
      );
    });
    afterEach(() => rmSync(join(folder, "started"), { force: true }));

    async function until(condition: () => boolean): Promise<void> {
      for (let tries = 0; tries < 600; tries += 1) {
        if (condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("what was waited for did not happen within a minute");
    }

    async function applying(command = "terraform -chdir=plain apply -auto-approve"): Promise<Run> {
      const run = sandbox("sh", "-c", command);
      await until(() => existsSync(join(folder, "started")));
      expect(existsSync(join(plain, "terraform.tfstate"))).toBe(true);
      return run;
    }

    const nothingIsLeft = () =>
      leftIn(plain).every((name) => name === "main.tf" || name === ".terraform") && leftIn(temporary).length === 0;

    test.each(["SIGINT", "SIGTERM"] as const)("%s leaves no state, no lock and no temporary file", async (signal) => {
      const run = await applying();
      run.child.kill(signal);
      // The provisioner ends with Terraform, or is killed a second later.
      if (signal === "SIGINT") run.child.kill(signal);
      await run.ended;
      expect(leftIn(plain).filter((name) => name.includes("tfstate"))).toEqual([]);
      expect(nothingIsLeft()).toBe(true);
    });

    test("kill -9 of the sandbox leaves none either, a moment later, nor a socket of a provider", async () => {
      // GIVEN
      writeFileSync(join(plain, "provider.tf"), PROVIDER);
      const run = await applying("terraform -chdir=plain init && terraform -chdir=plain apply -auto-approve");
      // WHEN
      run.child.kill("SIGKILL");
      await run.ended;
      // THEN
      for (const own of ["provider.tf", ".terraform.lock.hcl"]) rmSync(join(plain, own));
      await until(nothingIsLeft);
    });

    test("what kill -9 of the sandbox and of its watchdog leaves is cleaned by the next run, and used by none", async () => {
      // GIVEN
      const run = await applying();
      const [runFolder = ""] = leftIn(temporary);
      const changedAt = (file: string) => statSync(file).mtimeMs;
      await until(() => changedAt(join(temporary, runFolder, "alive")) > changedAt(join(plain, "terraform.tfstate")));
      const watchdogs = processesWith("processes/watchdog").filter((pid) => parentOf(pid) === run.child.pid);
      expect(watchdogs).toHaveLength(1);
      for (const pid of watchdogs) process.kill(pid, "SIGKILL");
      run.child.kill("SIGKILL");
      // With all that they had started.
      await until(() => {
        const left = processesWith(temporary);
        for (const pid of left) process.kill(pid, "SIGKILL");
        return left.length === 0;
      });
      await run.ended;
      expect(leftIn(temporary)).toHaveLength(1);
      expect(existsSync(join(plain, "terraform.tfstate"))).toBe(true);
      // WHEN
      const [plan] = await runs("terraform -chdir=plain plan -no-color");
      // THEN
      expect(plan).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 to add") });
      expect(nothingIsLeft()).toBe(true);
    });

    test("a real state stays byte for byte, whatever ends the run", async () => {
      // GIVEN
      const state = {
        version: 4,
        terraform_version: "1.5.0",
        serial: 7,
        lineage: "real",
        outputs: { x: { value: "y", type: "string" } },
        resources: [],
      };
      const file = join(plain, "terraform.tfstate");
      writeFileSync(file, JSON.stringify(state));
      const before = sha256(file);
      for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
        // WHEN
        const run = sandbox("sh", "-c", `terraform -chdir=plain apply -auto-approve; touch started; sleep 60`);
        await until(() => existsSync(join(folder, "started")));
        run.child.kill(signal);
        await run.ended;
        await until(() => leftIn(temporary).length === 0);
        // THEN
        expect(sha256(file)).toBe(before);
        rmSync(join(folder, "started"));
      }
      rmSync(file);
    });
  });
});

/** Ids of processes whose command line or environment holds a text. */
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return ["cmdline", "environ"].some((file) => readFileSync(`/proc/${name}/${file}`, "utf8").includes(text));
      } catch {
        return false;
      }
    })
    .map(Number);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
