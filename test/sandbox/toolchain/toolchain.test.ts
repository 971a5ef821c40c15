import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { zipSync } from "fflate";
import { LoopbackServer } from "../../../src/sandbox/http";
import type { Handler } from "../../../src/sandbox/messages";
import { findToolchain, ToolchainError, type ToolchainOptions } from "../../../src/sandbox/toolchain/toolchain";
import { OPEN_DOOR } from "../../support/open-door";

let root: string;
let servers: LoopbackServer[];
let closedPort: number;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "toolchain-"));
  servers = [];
  const closed = await LoopbackServer.start({ now: () => Date.now() }, OPEN_DOOR, async () => ({ status: 404 }));
  await closed.close();
  closedPort = closed.port;
  for (const folder of ["project", "path", "home"]) await mkdir(path.join(root, folder));
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(root, { recursive: true, force: true });
});

const inRoot = (...parts: string[]) => path.join(root, ...parts);
const inSandbox = (...parts: string[]) => inRoot("project", ".sandbox", ...parts);

/** A machine on which nothing is installed and no network is reached. */
function options(more: Partial<ToolchainOptions> = {}): ToolchainOptions {
  return {
    projectRoot: inRoot("project"),
    platform: "linux",
    arch: "x64",
    softwarePrefixes: [inRoot("opt")],
    terraformReleasesUrl: `http://127.0.0.1:${closedPort}/terraform`,
    ...more,
    environment: {
      PATH: inRoot("path"),
      HOME: inRoot("home"),
      XDG_DATA_DIRS: inRoot("usr", "share"),
      ...more.environment,
    },
  };
}

/** An executable script; PATH is set in it because the tests' PATH holds nothing. */
async function script(file: string, body: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`, { mode: 0o755 });
}

const terraformScript = (version: string) => `echo '{"terraform_version":"${version}"}'`;
const putTerraform = (version: string, file = inRoot("path", "terraform")) => script(file, terraformScript(version));
const putMoto = () => script(inRoot("path", "moto_server"), "exit 0");

/**
 * A Python whose `-m venv DIR` makes a venv, whose `-m pip install` runs the given lines in the
 * venv's bin folder.
 */
async function putPython(install: string): Promise<void> {
  const venvPython = `#!/bin/sh\nPATH=/usr/bin:/bin\ncd "$(dirname "$0")" || exit 1\necho "$@" > pip-arguments\n${install}\n`;
  await writeFile(inRoot("venv-python"), venvPython);
  await script(
    inRoot("path", "python3"),
    `mkdir -p "$3/bin" && cp "${inRoot("venv-python")}" "$3/bin/python" && chmod 755 "$3/bin/python"`,
  );
}

async function serve(files: Record<string, Uint8Array | string>): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const handler: Handler = async ({ path: asks }) => {
    asked.push(asks);
    const body = files[asks];
    return body === undefined ? { status: 404 } : { status: 200, body: Buffer.from(body) };
  };
  const server = await LoopbackServer.start({ now: () => Date.now() }, OPEN_DOOR, handler);
  servers.push(server);
  return { url: `${server.url}/terraform`, asked };
}

/** Terraform's release as the release site lays it out. */
async function serveRelease(platform = "linux_amd64", checksum?: string): Promise<{ url: string; asked: string[] }> {
  const name = `terraform_1.11.4_${platform}.zip`;
  const zip = zipSync({
    "LICENSE.txt": Buffer.from("licence"),
    terraform: Buffer.from(`#!/bin/sh\n${terraformScript("1.11.4")}\n`),
  });
  const sum = checksum ?? createHash("sha256").update(zip).digest("hex");
  return serve({
    "/terraform/1.11.4/terraform_1.11.4_SHA256SUMS": `${"0".repeat(64)}  terraform_1.11.4_other.zip\n${sum}  ${name}\n`,
    [`/terraform/1.11.4/${name}`]: zip,
  });
}

async function failure(given: ToolchainOptions): Promise<string> {
  const error: unknown = await findToolchain(given).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ToolchainError);
  return error instanceof Error ? error.message : "";
}

/** One sentence: it ends in a full stop, and holds no other that a sentence ends with. */
function expectOneSentence(text: string): void {
  expect(text).toMatch(/^Install .*\.$/);
  expect(text.slice(0, -1)).not.toMatch(/[.!?]\s/);
}

describe("Terraform", () => {
  beforeEach(putMoto);

  test("one on PATH is taken, and nothing is installed", async () => {
    // GIVEN
    await putTerraform("1.5.7");
    // WHEN
    const toolchain = await findToolchain(options());
    // THEN
    expect(toolchain).toEqual({
      terraform: inRoot("path", "terraform"),
      moto: { command: inRoot("path", "moto_server"), args: [] },
      terraformEnvironment: {
        CHECKPOINT_DISABLE: "1",
        TERRAFORM_BINARY_NAME: inRoot("path", "terraform"),
        GOGC: "off",
        GOMEMLIMIT: "1500MiB",
      },
      usesMirror: false,
    });
    expect(await readdir(inRoot("project"))).toEqual([]);
  });

  test("OpenTofu is taken where Terraform is missing, too old or broken", async () => {
    await putTerraform("1.9.0", inRoot("path", "tofu"));
    for (const put of [
      async () => undefined,
      () => putTerraform("1.4.7"),
      () => script(inRoot("path", "terraform"), "exit 1"),
    ]) {
      await put();
      expect((await findToolchain(options())).terraform).toBe(inRoot("path", "tofu"));
    }
  });

  test("one that is too old does not hide a recent one further along PATH", async () => {
    await putTerraform("0.15.5");
    await putTerraform("2.0.0", inRoot("later", "terraform"));
    const PATH = `${inRoot("path")}:${inRoot("later")}`;
    expect((await findToolchain(options({ environment: { PATH } }))).terraform).toBe(inRoot("later", "terraform"));
  });

  test("one installed for the project is taken again without the network", async () => {
    await putTerraform("1.11.4", inSandbox("bin", "terraform"));
    expect((await findToolchain(options())).terraform).toBe(inSandbox("bin", "terraform"));
  });

  test.each([
    ["linux", "x64", "linux_amd64"],
    ["darwin", "arm64", "darwin_arm64"],
  ] as const)("on %s %s the release of %s is installed for the project, and runs", async (platform, arch, name) => {
    const { url, asked } = await serveRelease(name);
    const told: string[] = [];
    const given = options({ platform, arch, terraformReleasesUrl: url, onInstall: (what) => told.push(what) });
    const { terraform } = await findToolchain(given);
    expect(terraform).toBe(inSandbox("bin", "terraform"));
    expect(await readdir(inSandbox("bin"))).toEqual(["terraform"]);
    expect(told).toEqual(["Terraform"]);
    expect((await findToolchain(given)).terraform).toBe(terraform);
    expect(asked).toHaveLength(2);
  });

  test("two that look at once install once", async () => {
    const { url, asked } = await serveRelease();
    const given = options({ terraformReleasesUrl: url });
    const [one, two] = await Promise.all([findToolchain(given), findToolchain(given)]);
    expect(one).toEqual(two);
    expect(asked).toHaveLength(2);
    expect(await readdir(inSandbox())).toEqual(["bin"]);
  });

  test("a lock left by a process that died is no obstacle", async () => {
    const { url } = await serveRelease();
    await mkdir(inSandbox());
    // No process has so high an id.
    await writeFile(inSandbox("install.lock"), "2147483646");
    await findToolchain(options({ terraformReleasesUrl: url }));
    expect(await readdir(inSandbox())).toEqual(["bin"]);
  });

  test("a wrong checksum is refused, and nothing is left that could be run", async () => {
    const { url } = await serveRelease("linux_amd64", "a".repeat(64));
    const message = await failure(options({ terraformReleasesUrl: url }));
    expectOneSentence(message);
    expect(message).toContain("the checksum of terraform_1.11.4_linux_amd64.zip is wrong");
    expect(await readdir(inSandbox())).toEqual([]);
  });

  test("a release without a checksum for this platform is refused before it is fetched", async () => {
    const { url, asked } = await serveRelease("darwin_arm64");
    expectOneSentence(await failure(options({ terraformReleasesUrl: url })));
    expect(asked).toHaveLength(1);
  });

  test("without the network one sentence says what to install", async () => {
    const message = await failure(options());
    expectOneSentence(message);
    expect(message).toContain("Install Terraform 1.5 or later (or OpenTofu) and put it on PATH");
    expect(message).toContain("ECONNREFUSED");
  });

  test("on a platform without releases one sentence says what to install", async () => {
    expectOneSentence(await failure(options({ platform: "aix", arch: "ppc64" })));
  });
});

describe("moto", () => {
  beforeEach(() => putTerraform("1.11.4"));

  test("it is installed into a virtual environment of the project, pinned, and found again there", async () => {
    await putPython('printf "#!/bin/sh\\n" > moto_server && chmod 755 moto_server');
    const { moto } = await findToolchain(options());
    expect(moto).toEqual({ command: inSandbox("moto", "bin", "moto_server"), args: [] });
    expect(await readFile(inSandbox("moto", "bin", "pip-arguments"), "utf8")).toMatch(
      /^-m pip install .*moto\[server\]==5\.2\.1$/m,
    );
    await rm(inRoot("path", "python3"));
    expect((await findToolchain(options())).moto).toEqual(moto);
  });

  test("without Python one sentence says what to install", async () => {
    const message = await failure(options());
    expectOneSentence(message);
    expect(message).toContain('pip install "moto[server]==5.2.1"');
    expect(message).toContain("no Python 3 on PATH");
  });

  test("where pip reaches nothing one sentence says what to install, with pip's last word", async () => {
    await putPython(
      'echo "WARNING: retrying" >&2; echo "ERROR: Failed. No matching distribution found for moto" >&2; exit 1',
    );
    const message = await failure(options());
    expectOneSentence(message);
    expect(message).toContain("No matching distribution found for moto");
    expect(message).not.toContain("retrying");
  });
});

test("settings of the Go runtime that somebody made are left alone", async () => {
  // GIVEN
  await putTerraform("1.11.4");
  await putMoto();
  // WHEN
  const { terraformEnvironment } = await findToolchain(options({ environment: { GOMEMLIMIT: "500MiB" } }));
  // THEN
  expect(terraformEnvironment).not.toHaveProperty("GOGC");
  expect(terraformEnvironment).not.toHaveProperty("GOMEMLIMIT");
});

describe("the AWS provider", () => {
  beforeEach(async () => {
    await putTerraform("1.11.4");
    await putMoto();
  });

  const PROVIDER = path.join("registry.terraform.io", "hashicorp", "aws");
  const unpacked = (folder: string, platform = "linux_amd64") =>
    mkdir(path.join(folder, PROVIDER, "5.100.0", platform), { recursive: true });
  const found = async (environment: Record<string, string> = {}) => {
    const { terraformEnvironment, usesMirror } = await findToolchain(options({ environment }));
    return { config: terraformEnvironment["TF_CLI_CONFIG_FILE"], usesMirror };
  };

  test("a CLI configuration that exists is honoured untouched, whether named or in its usual place", async () => {
    await unpacked(inRoot("opt", "mirror"));
    for (const file of [inRoot("mine.tfrc"), inRoot("home", ".terraformrc")]) {
      const environment: Record<string, string> = file.includes("home") ? {} : { TF_CLI_CONFIG_FILE: file };
      await writeFile(file, 'plugin_cache_dir = "/cache" # no filesystem_mirror\n');
      expect(await found(environment)).toEqual({ config: undefined, usesMirror: false });
      const text = 'provider_installation {\n  network_mirror {\n    url = "https://mirror.example/"\n  }\n}\n';
      await writeFile(file, text);
      expect(await found(environment)).toEqual({ config: undefined, usesMirror: true });
      expect(await readFile(file, "utf8")).toBe(text);
    }
  });

  test("a mirror one level under a software prefix is written into a configuration for the project", async () => {
    await mkdir(inRoot("opt", "another"), { recursive: true });
    await unpacked(inRoot("opt", "mirror"));
    for (const environment of [{}, { TF_CLI_CONFIG_FILE: inRoot("missing.tfrc") }] as Array<Record<string, string>>) {
      expect(await found(environment)).toEqual({ config: inSandbox("terraformrc"), usesMirror: true });
    }
    const text = await readFile(inSandbox("terraformrc"), "utf8");
    expect(text.replace(/\s+/g, " ")).toContain(
      `provider_installation { filesystem_mirror { path = "${inRoot("opt", "mirror")}" include = ["hashicorp/aws"] } direct { exclude = ["hashicorp/aws"] } }`,
    );
  });

  test("a mirror of packed providers counts too", async () => {
    await mkdir(inRoot("opt", "mirror", PROVIDER), { recursive: true });
    await writeFile(inRoot("opt", "mirror", PROVIDER, "terraform-provider-aws_5.100.0_linux_amd64.zip"), "");
    expect((await found()).usesMirror).toBe(true);
  });

  test("a mirror for other platforms alone, or another registry's, is not used", async () => {
    await unpacked(inRoot("opt", "mirror"), "darwin_arm64");
    await mkdir(inRoot("opt", "other", "registry.opentofu.org", "hashicorp", "aws", "5.100.0", "linux_amd64"), {
      recursive: true,
    });
    expect(await found()).toEqual({ config: undefined, usesMirror: false });
  });

  test.each([
    ["~/.terraform.d/plugins", ["home", ".terraform.d", "plugins"]],
    ["the XDG data folder", ["home", ".local", "share", "terraform", "plugins"]],
    ["an XDG system folder", ["usr", "share", "terraform", "plugins"]],
  ])("in %s Terraform finds a mirror by itself: no configuration is written", async (_place, parts) => {
    await unpacked(inRoot(...parts));
    await unpacked(inRoot("opt", "mirror"));
    expect(await found()).toEqual({ config: undefined, usesMirror: true });
  });

  test("without a mirror the registry is left, and a configuration file that does not exist is taken away", async () => {
    expect(await found()).toEqual({ config: undefined, usesMirror: false });
    expect(await found({ TF_CLI_CONFIG_FILE: inRoot("missing.tfrc") })).toEqual({ config: "", usesMirror: false });
  });

  test("OpenTofu's providers come from its own registry's folder", async () => {
    await rm(inRoot("path", "terraform"));
    await putTerraform("1.9.0", inRoot("path", "tofu"));
    await unpacked(inRoot("opt", "mirror"));
    expect((await found()).usesMirror).toBe(false);
    await mkdir(inRoot("opt", "tofu", "registry.opentofu.org", "hashicorp", "aws", "5.100.0", "linux_amd64"), {
      recursive: true,
    });
    expect((await found()).usesMirror).toBe(true);
  });
});
