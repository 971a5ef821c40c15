import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../../..");
const BIN = join(ROOT, "bin/scoped-keys.js");

const appWith = (scopes: string) => `
const { App, TerraformStack } = require("cdktf");
const { AdminKey, Duration, Lifetime, OpenAiIssuer, OpenAiScope, ScopedKey } = require("cdktf-scoped-keys");
const { AwsProvider } = require("@cdktf/provider-aws/lib/provider");
const app = new App();
const stack = new TerraformStack(app, "ai-keys");
new AwsProvider(stack, "aws", { region: "us-east-1" });
const issuer = new OpenAiIssuer(stack, "openai", { adminKey: AdminKey.fromSecretName("ai/admin/openai"), projectId: "proj_abc" });
new ScopedKey(stack, "summariser", {
  issuer,
  owner: "search-team@example.com",
  purpose: "Summaries",
  scopes: ${scopes},
  lifetime: Lifetime.rotating({ every: Duration.days(7), overlap: Duration.hours(24), expiry: Duration.days(10) }),
});
app.synth();
`;
const NARROW = "[OpenAiScope.MODEL_REQUEST]";
const WIDE = "[OpenAiScope.MODEL_REQUEST, OpenAiScope.MODELS_READ]";

describe("scoped-keys review --git", () => {
  let world: string;
  let repository: string;
  let infra: string;
  let temporary: string;

  const git = (...args: string[]) => {
    const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], { cwd: repository, encoding: "utf8" });
    expect([args, status, status === 0 ? "" : stderr]).toEqual([args, 0, ""]);
    return stdout;
  };
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(repository, name)), { recursive: true });
      writeFileSync(join(repository, name), text);
    }
  };
  const commit = (tag: string, files: Readonly<Record<string, string>>) => {
    write(files);
    git("add", "-A");
    git("commit", "-q", "-m", tag);
    git("tag", tag);
  };
  const environment = () => ({ ...process.env, TMPDIR: temporary });
  const review = (...args: string[]) => reviewWith({}, ...args);
  const reviewWith = (more: Readonly<Record<string, string>>, ...args: string[]) =>
    spawnSync(process.execPath, [BIN, "review", "--git", ...args], {
      cwd: infra,
      encoding: "utf8",
      env: { ...environment(), ...more },
    });

  beforeAll(() => {
    world = mkdtempSync(join(tmpdir(), "review-git-"));
    [repository, temporary] = [join(world, "repository"), join(world, "tmp")];
    infra = join(repository, "infra");
    for (const folder of [join(repository, "node_modules"), infra, temporary]) mkdirSync(folder, { recursive: true });
    for (const name of ["cdktf", "constructs", "@cdktf"])
      symlinkSync(join(ROOT, "node_modules", name), join(repository, "node_modules", name));
    symlinkSync(ROOT, join(repository, "node_modules/cdktf-scoped-keys"));
    git("init", "-q");
    commit("narrow", {
      ".gitignore": "node_modules\n",
      "infra/cdktf.json": JSON.stringify({ language: "typescript", app: "node main.js" }),
      "infra/main.js": appWith(NARROW),
    });
    commit("wide", { "infra/main.js": appWith(WIDE), "package-lock.json": "{}" });
    commit("broken", { "infra/main.js": "throw new Error('sk-proj-abcdefghijklmnopqrstuvwxyz0123456789 broke it')" });
    git("checkout", "-q", "narrow");
    // A package of the repository itself, as workspaces have them.
    symlinkSync("../packages/keys", join(repository, "node_modules/our-keys"));
    const ours = { "infra/main.js": appWith('require("our-keys")(OpenAiScope)') };
    commit("package-narrow", { ...ours, "packages/keys/index.js": `module.exports = (OpenAiScope) => ${NARROW};` });
    commit("package-wide", { "packages/keys/index.js": `module.exports = (OpenAiScope) => ${WIDE};` });
    const config = (more: object) => JSON.stringify({ language: "typescript", app: "node main.js", ...more });
    const asked = appWith(`app.node.tryGetContext("wide") ? ${WIDE} : ${NARROW}`);
    commit("context-narrow", { "infra/main.js": asked });
    commit("context-wide", { "infra/cdktf.json": config({ context: { wide: true } }) });
    commit("clearing", {
      "infra/cdktf.json": config({ app: "rm -rf ../node_modules/* && true" }),
      "infra/main.js": appWith(NARROW),
    });
    commit("slow", {
      "infra/cdktf.json": config({ app: "true && node slow.js" }),
      "infra/slow.js":
        'process.on("SIGTERM", () => {}); setInterval(() => require("fs").writeFileSync(process.env.BEATS, String(Date.now())), 20);',
    });
    git("rm", "-q", "infra/cdktf.json");
    commit("none", {});
    git("checkout", "-q", "narrow");
  });
  afterAll(() => rmSync(world, { recursive: true, force: true }));
  afterEach(() => {
    // Nothing stays, in the repository and outside of it.
    expect(readdirSync(temporary)).toEqual([]);
    expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
    expect(readdirSync(infra).sort()).toEqual(["cdktf.json", "main.js"]);
  });

  test("tells what changes between two commits, and that their dependencies differ", () => {
    // WHEN
    const { status, stdout, stderr } = review("narrow", "wide", "--fail-on", "loosened");
    // THEN
    expect({ status, stderr }).toEqual({ status: 3, stderr: "" });
    expect(stdout).toMatch(/^1 loosened; 1 not touched\n.*although they differ: package-lock\.json\./);
    expect(stdout).toContain("looser   scopes: api.model.request -> api.model.read, api.model.request");
    expect(git("status", "--porcelain")).toBe("");
  });

  test("the other way round it is tightened", () => {
    expect(review("wide", "narrow").stdout).toMatch(/^1 tightened; /);
  });

  test("with one commit tells what the working tree changes, and leaves it as it is", () => {
    // GIVEN
    write({ "infra/main.js": appWith(WIDE) });
    // WHEN
    const { status, stdout } = review("HEAD");
    // THEN
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^1 loosened; 1 not touched\n/) });
    expect(git("status", "--porcelain")).toBe(" M infra/main.js\n");
    git("checkout", "-q", "--", "infra/main.js");
  });

  test.each([
    ["a name that nothing has", ["no-such-branch"], 2, /SK315.*fetch-depth/s],
    ["what looks like an option", ["--", "--output=x"], 2, /SK315/],
    ["no commit", [], 2, /--git needs a commit/],
    [
      "a commit whose app fails, without what looks like a secret",
      ["narrow", "broken"],
      1,
      /SK317(?!.*sk-proj-abc).*broke it/s,
    ],
    ["a commit without an app", ["none", "narrow"], 1, /SK316/],
  ])("answers %s", (_, args, code, says) => {
    const { status, stdout, stderr } = review(...args);
    expect({ status, stdout, stderr }).toEqual({ status: code, stdout: "", stderr: expect.stringMatching(says) });
  });

  test.each([
    ["a package of the repository, which workspaces link, is that of each commit", ["package-narrow", "package-wide"]],
    ["the context of cdktf.json is that of each commit", ["context-narrow", "context-wide"]],
  ])("%s", (_, refs) => {
    expect(review(...refs).stdout).toMatch(/^1 loosened; 1 not touched\n/);
  });

  test("an app that clears its dependencies clears links to them, and no more", () => {
    // WHEN
    const { status, stderr } = review("clearing", "narrow");
    // THEN
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("it wrote no manifest.json") });
    expect(readdirSync(join(repository, "node_modules/cdktf")).length).toBeGreaterThan(0);
    expect(readdirSync(join(repository, "node_modules/@cdktf/provider-aws")).length).toBeGreaterThan(0);
  });

  test("in a hook, where git says in variables what repository it works in, it is as anywhere else", () => {
    const variables = {
      GIT_DIR: join(repository, ".git"),
      GIT_INDEX_FILE: join(repository, ".git/index"),
      GIT_PREFIX: "",
    };
    expect(reviewWith(variables, "narrow", "wide").stdout).toMatch(/^1 loosened; 1 not touched\n/);
  });

  test("a signal ends the app with all that it started, and leaves nothing", async () => {
    // GIVEN
    const beats = join(world, "beats");
    const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));
    const child = spawn(process.execPath, [BIN, "review", "--git", "slow", "narrow"], {
      cwd: infra,
      env: { ...environment(), BEATS: beats },
    });
    while (!existsSync(beats)) await pause(20);
    // WHEN
    child.kill("SIGTERM");
    const code = await new Promise((resolve) => child.once("close", resolve));
    // THEN
    expect(code).toBe(143);
    await pause(200);
    const last = readFileSync(beats, "utf8");
    await pause(200);
    expect(readFileSync(beats, "utf8")).toBe(last);
  }, 30_000);

  test("outside of a repository says so", () => {
    const { status, stderr } = spawnSync(process.execPath, [BIN, "review", "--git", "HEAD"], {
      cwd: temporary,
      encoding: "utf8",
      env: { ...process.env, GIT_CEILING_DIRECTORIES: world },
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("SK284") });
  });
});
