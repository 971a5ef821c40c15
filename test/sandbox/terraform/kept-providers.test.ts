import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasEnded, ProcessGuard } from "../../../src/sandbox/processes/process-guard";
import { isRunning } from "../../../src/sandbox/processes/running";
import { canShare } from "../../../src/sandbox/terraform/kept-providers/borrow";
import { chosenProvider } from "../../../src/sandbox/terraform/kept-providers/chosen-provider";
import { KeptProviders } from "../../../src/sandbox/terraform/kept-providers/kept-providers";
import { lendProvider } from "../../../src/sandbox/terraform/kept-providers/lending";
import { until } from "../../support/processes";

let folder: string;
let guard: ProcessGuard;
let providers: KeptProviders;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kept-providers-"));
  guard = new ProcessGuard();
  providers = new KeptProviders(guard);
});
afterEach(async () => {
  await guard.stop();
  rmSync(folder, { recursive: true, force: true });
});

const executable = (name: string, script: string): string => {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o700);
  return file;
};
/**
 * Says what the real provider says when it is started with `-debug`; its own process id is its
 * address.
 */
const provider = () =>
  executable(
    "terraform-provider-aws_v5.100.0_x5",
    `[ "$1" = -debug ] || exit 1
echo "Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:"
printf "\\n\\tTF_REATTACH_PROVIDERS='{\\"registry.terraform.io/hashicorp/aws\\":{\\"Pid\\":%s}}'\\n" $$
exec sleep 600`,
  );
const lend = (binary: string, environment: Record<string, string> = {}) =>
  providers.lend({ binary, folder, environment });
const pidOf = (lent: { environment: Readonly<Record<string, string>> } | undefined): number => {
  const { TF_REATTACH_PROVIDERS: address = "{}" } = lent?.environment ?? {};
  return JSON.parse(address)["registry.terraform.io/hashicorp/aws"]?.Pid;
};

describe("a provider that runs on", () => {
  it("serves the next call, and never two at once", async () => {
    // GIVEN
    const binary = provider();
    const first = await lend(binary);
    // WHEN
    const second = await lend(binary);
    first?.release();
    const third = await lend(binary);
    // THEN
    expect(pidOf(second)).not.toBe(pidOf(first));
    expect(pidOf(third)).toBe(pidOf(first));
  });

  it("is given back once, however often a call says so", async () => {
    const binary = provider();
    const first = await lend(binary);
    first?.release();
    first?.release();

    const [one, other] = [await lend(binary), await lend(binary)];

    expect(pidOf(one)).not.toBe(pidOf(other));
  });

  it("is known to Terraform and to OpenTofu", async () => {
    const lent = await lend(provider());

    expect(Object.keys(JSON.parse(lent?.environment["TF_REATTACH_PROVIDERS"] ?? ""))).toEqual([
      "registry.terraform.io/hashicorp/aws",
      "registry.opentofu.org/hashicorp/aws",
    ]);
  });

  it.each([
    ["AWS_ACCESS_KEY_ID", false],
    ["AWS_ENDPOINT_URL", false],
    ["HTTPS_PROXY", false],
    ["TF_VAR_region", true],
    ["PWD", true],
  ])("serves a call with another %s: %s", async (name, isServed) => {
    const binary = provider();
    const first = await lend(binary, { [name]: "a" });
    first?.release();

    const second = await lend(binary, { [name]: "b" });

    expect(pidOf(second) === pidOf(first)).toBe(isServed);
  });

  it("serves its own working folder alone, since files are named from there", async () => {
    const binary = provider();
    const first = await lend(binary);
    first?.release();

    const other = await providers.lend({ binary, folder: tmpdir(), environment: {} });

    expect(pidOf(other)).not.toBe(pidOf(first));
  });

  it("ends where three others rest", async () => {
    // GIVEN
    const binary = provider();
    const lent = [];
    for (let i = 0; i < 4; i += 1) lent.push(await lend(binary));
    // WHEN
    for (const each of lent) each?.release();
    // THEN
    const [first, ...others] = lent.map(pidOf);
    await until(() => !isRunning(first ?? 0));
    expect(others.map(isRunning)).toEqual([true, true, true]);
  });

  it("is not given to anybody after it has ended", async () => {
    // GIVEN
    const binary = provider();
    const first = await lend(binary);
    first?.release();
    // WHEN
    process.kill(pidOf(first), "SIGKILL");
    await until(() => !isRunning(pidOf(first)));
    const second = await lend(binary);
    // THEN
    expect(isRunning(pidOf(second))).toBe(true);
  });

  it.each([
    ["ends at once", "exit 0"],
    ["is no program", "\u007fELF"],
  ])("that %s is given to nobody", async (_, script) => {
    await expect(lend(executable("terraform-provider-aws", script))).resolves.toBeUndefined();
  });

  it("is free again when the call's process has ended", async () => {
    // GIVEN
    const binary = provider();
    const call = guard.spawn("sleep", ["600"], {});
    const environment = await lendProvider(providers, { binary, folder, pid: call.pid ?? 0, environment: {} });
    const pid = pidOf({ environment: environment ?? {} });
    // WHEN
    call.kill("SIGKILL");
    // THEN
    await until(async () => pidOf(await lend(binary)) === pid);
    expect(hasEnded(call)).toBe(true);
  });

  it("ends with the sandbox", async () => {
    const lent = await lend(provider());

    await guard.stop();

    expect(isRunning(pidOf(lent))).toBe(false);
  });
});

describe("a call of Terraform", () => {
  const canShareIn = (files: Record<string, string>, command = "plan", environment = {}) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const invocation = { folder, command, args: [] };
    return canShare({ invocation, isTofu: false, dataFolder: join(folder, ".terraform"), environment });
  };
  const ONE = { "main.tf": 'provider "aws" {\n  region = "us-east-1"\n}\n' };
  const modules = (...folders: string[]) => ({
    ".terraform/modules/modules.json": JSON.stringify({ Modules: folders.map((Dir) => ({ Dir })) }),
  });

  it.each(["plan", "apply", "destroy", "refresh", "import", "show"])("%s can use a provider that runs", (command) => {
    expect(canShareIn(ONE, command)).toBe(true);
  });

  it.each(["init", "state", "output", "test", "console"])("%s starts its own, or none", (command) => {
    expect(canShareIn(ONE, command)).toBe(false);
  });

  it.each([
    ["TF_LOG", "trace"],
    ["TF_LOG_PROVIDER", "debug"],
    ["TF_REATTACH_PROVIDERS", "{}"],
  ])("starts its own where %s is set: somebody looks at the provider itself", (name, value) => {
    expect(canShareIn(ONE, "plan", { [name]: value })).toBe(false);
  });

  it.each([
    ["a second region", { "main.tf": `${ONE["main.tf"]}provider "aws" {\n  alias = "eu"\n}\n` }],
    ["one in another file", { ...ONE, "b.tf.json": JSON.stringify({ provider: { aws: [{ alias: "eu" }] } }) }],
    ["two in one file of JSON", { "a.tf.json": JSON.stringify({ provider: { aws: [{}, { alias: "eu" }] } }) }],
    ["a module, which may have its own", { ...ONE, ...modules(".", "modules/network") }],
  ])("starts its own where the configuration has %s, since a provider that runs has one at a time", (_, files) => {
    expect(canShareIn(files)).toBe(false);
  });

  it("can use it where other providers are configured as well", () => {
    const files = { "a.tf.json": JSON.stringify({ provider: { aws: [{}], random: [{}] } }), ...modules(".") };

    expect(canShareIn(files)).toBe(true);
  });

  it("uses the provider that init has chosen, and none where there are two versions", () => {
    // GIVEN
    const dataFolder = join(folder, ".terraform");
    const install = (version: string) => {
      const at = join(dataFolder, "providers/registry.terraform.io/hashicorp/aws", version, "linux_amd64");
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, `terraform-provider-aws_v${version}_x5`), "");
      return join(at, `terraform-provider-aws_v${version}_x5`);
    };
    const before = chosenProvider(dataFolder, false);
    // WHEN
    const installed = install("5.100.0");
    // THEN
    expect(before).toBeUndefined();
    expect(chosenProvider(dataFolder, false)).toBe(realpathSync(installed));
    expect(chosenProvider(dataFolder, true)).toBeUndefined();
    install("6.1.0");
    expect(chosenProvider(dataFolder, false)).toBeUndefined();
  });
});
