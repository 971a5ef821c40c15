import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type TerraformStack } from "cdktf";
import type { ReviewOptions } from "../../../src/cli/review/review-options";
import { EXIT_FAIL_ON, runReview } from "../../../src/cli/review/run-review";
import { ScopedKeysRuntimeError } from "../../../src/model/errors";
import { marker } from "../../../src/review/report/markdown";
import type { Entry } from "../../../src/review/review";
import { newIssuer, newKey, newStack } from "../../constructs/support";
import { planBetween } from "../../review/plan";
import { type Declare, removeFolders, synthesised } from "../../review/support";
import { CHANGES } from "./changes";

const JSON_OPTIONS: ReviewOptions = { format: "json", failOn: [], name: "" };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "review-"));
});
afterEach(() => {
  removeFolders();
  rmSync(folder, { recursive: true });
});

function written(content: string | Buffer, name = "plan.json"): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const key: Declare = (stack) => newKey(stack, newIssuer(stack));
const entriesOf = (text: string) =>
  JSON.parse(text).entries.map(
    (entry: { name: string; verdicts: string[]; fields: { field: string; direction?: string }[] }) => ({
      name: entry.name,
      verdicts: entry.verdicts,
      fields: entry.fields.map(({ field, direction }) => [field, direction]),
    }),
  );

async function refused(first: string, second?: string): Promise<ScopedKeysRuntimeError> {
  try {
    await runReview(first, second, JSON_OPTIONS);
  } catch (error) {
    expect(error).toBeInstanceOf(ScopedKeysRuntimeError);
    return error as ScopedKeysRuntimeError;
  }
  throw new Error("it was reviewed");
}

/** Between stacks that only a plan tells apart, or only folders. */
const ONLY_IN_FOLDERS = ["drift no longer looked for", "issuer torn down"];

describe("a plan", () => {
  test.each(Object.keys(CHANGES).filter((name) => !ONLY_IN_FOLDERS.includes(name)))(
    "says of '%s' what the folders say",
    async (name) => {
      // GIVEN
      const change = CHANGES[name];
      const [before, after] = [synthesised(change?.before ?? fail()), synthesised(change?.after ?? fail())];
      const file = written(JSON.stringify(planBetween(before, after)));
      // WHEN
      const [plan, folders] = [
        await runReview(file, undefined, JSON_OPTIONS),
        await runReview(before, after, JSON_OPTIONS),
      ];
      // THEN
      expect(entriesOf(plan.text)).toEqual(entriesOf(folders.text));
    },
  );

  test("of an issuer whose plans do not look for drift says so, since it cannot say that they once did", async () => {
    const change = CHANGES["drift no longer looked for"] ?? fail();
    const file = written(JSON.stringify(planBetween(synthesised(change.before), synthesised(change.after))));
    const { notes } = JSON.parse((await runReview(file, undefined, JSON_OPTIONS)).text);
    expect(notes).toEqual(["Plans do not check the keys under ai-keys/openai/ for drift."]);
  });

  test("in UTF-16, as PowerShell writes it, is read", async () => {
    const stack = synthesised(key);
    const utf16 = Buffer.from(`\ufeff${JSON.stringify(planBetween(stack, stack))}`, "utf16le");
    expect(JSON.parse((await runReview(written(utf16), undefined, JSON_OPTIONS)).text).untouched).toBe(2);
  });

  test("of a part of the stack says so", async () => {
    const stack = synthesised(key);
    const file = written(JSON.stringify({ ...planBetween(stack, stack), complete: false }));
    expect(JSON.parse((await runReview(file, undefined, JSON_OPTIONS)).text).notes).toEqual([
      expect.stringContaining("-target"),
    ]);
  });

  test("that replaces a key, or forgets it, says what becomes of its vendor keys", async () => {
    // GIVEN
    const stack = synthesised(key);
    const planned = (actions: string[], after: boolean): string => {
      const plan = planBetween(stack, stack);
      const changes = plan["resource_changes"] as Array<{
        type: string;
        change: { actions: string[]; after: unknown };
      }>;
      for (const { type, change } of changes) {
        if (type !== "aws_lambda_invocation") continue;
        change.actions = actions;
        if (!after) change.after = null;
      }
      return written(JSON.stringify(plan));
    };
    const told = async (file: string) => JSON.parse((await runReview(file, undefined, JSON_OPTIONS)).text).entries;
    // THEN
    expect(await told(planned(["delete", "create"], true))).toMatchObject([
      { verdicts: ["renamed"], notes: [expect.stringContaining("revokes all its vendor keys and issues a new one")] },
    ]);
    expect(await told(planned(["forget"], false))).toMatchObject([
      { verdicts: ["loosened", "retired"], notes: [expect.stringContaining("without being revoked")] },
      // It asks for the key's policy on and on.
      { subject: "stack", verdicts: ["loosened"] },
    ]);
  });
});

describe("what the observer saw when the plan was made", () => {
  const planWith = (seen: object): string => {
    const stack = synthesised(key);
    const result = JSON.stringify(seen);
    const values = { function_name: "arn:aws:lambda:us-east-1:111122223333:function:ai-keys-openai-observer", result };
    const resources = [{ mode: "data", type: "aws_lambda_invocation", values }];
    return written(
      JSON.stringify({ ...planBetween(stack, stack), prior_state: { values: { root_module: { resources } } } }),
    );
  };

  test.each([
    ["drift", { verdicts: ["drift"], drift: ["it differs"] }],
    ["due", { verdicts: ["expiring"], expiring: ["it differs"] }],
    ["expired", { verdicts: ["expiring"], expiring: ["it differs"] }],
  ])("%s is told", async (state, expected) => {
    const file = planWith({ summariser: { repair: "r", state, drift: ["it differs"] } });
    expect(JSON.parse((await runReview(file, undefined, JSON_OPTIONS)).text).entries).toMatchObject([expected]);
  });

  test("drift of the account policy is the issuer's", async () => {
    const file = planWith({ "#account": { repair: "r", state: "drift", drift: ["models changed"] } });
    expect(JSON.parse((await runReview(file, undefined, JSON_OPTIONS)).text).entries).toMatchObject([
      { subject: "issuer", drift: ["models changed"] },
    ]);
  });

  test("what it could not see is not taken for in sync", async () => {
    const file = planWith({ summariser: { repair: "none", state: "unknown", drift: ["OpenAI could not be read"] } });
    const { notes } = JSON.parse((await runReview(file, undefined, JSON_OPTIONS)).text);
    expect(notes).toEqual(["1 key could not be compared with the vendor when the plan was made."]);
  });
});

describe("--fail-on", () => {
  const LOOSENED = CHANGES["scope added"] ?? fail();
  const EXCEPTED = CHANGES["exception granted"] ?? fail();
  const UNCHANGED = { before: EXCEPTED.after, after: EXCEPTED.after };
  const ENDING = CHANGES["no longer rotated"] ?? fail();

  test.each([
    ["nothing of it", LOOSENED, [], 0],
    ["what happens", LOOSENED, ["drift", "loosened"], EXIT_FAIL_ON],
    ["what does not", LOOSENED, ["drift", "expiring"], 0],
    ["an exception from a guardrail", CHANGES["exception granted"] ?? fail(), ["exception"], EXIT_FAIL_ON],
    ["one that lasts longer", CHANGES["exception prolonged"] ?? fail(), ["exception"], EXIT_FAIL_ON],
    ["one that is as it was", UNCHANGED, ["exception", "loosened"], 0],
    ["one that ends", { before: EXCEPTED.after, after: EXCEPTED.before }, ["exception", "loosened"], 0],
    ["a key that is no longer rotated", ENDING, ["expiring"], EXIT_FAIL_ON],
  ] as const)("%s", async (_, change, failOn, exitCode) => {
    const folders = [synthesised(change.before), synthesised(change.after)] as const;
    expect((await runReview(...folders, { ...JSON_OPTIONS, failOn })).exitCode).toBe(exitCode);
  });
});

describe("guardrails that a plan does not show", () => {
  const guarded = CHANGES["exception granted"] ?? fail();
  const reviewed = async (output: (before: unknown, after: unknown) => object) => {
    const plan = planBetween(synthesised(guarded.before), synthesised(guarded.before)) as {
      output_changes: Record<string, { before: unknown; after: unknown }>;
    };
    const { before, after } = plan.output_changes["scoped_keys_guardrails"] ?? fail();
    const changed = { ...plan, output_changes: { scoped_keys_guardrails: output(before, after) } };
    const { text } = await runReview(written(JSON.stringify(changed)), undefined, JSON_OPTIONS);
    return JSON.parse(text).entries.map(({ name, verdicts, fields }: Entry) => [
      name,
      verdicts,
      fields.map((field) => `${field.field}: ${field.is}`),
    ]);
  };
  const WHOLE = ["loosened", "exception", "tightened"];

  test("as it was, nothing is told", async () => {
    expect(await reviewed((before, after) => ({ before, after }))).toEqual([]);
  });

  test.each([
    ["known after apply", (before: unknown) => ({ before, after_unknown: true }), "known after apply"],
    [
      "in part known after apply",
      (before: unknown) => ({ before, after: {}, after_unknown: { exceptions: [true] } }),
      "known after apply",
    ],
    [
      "of another release",
      (before: unknown) => ({ before, after: { guardrails: [{}] } }),
      "unreadable for this release",
    ],
    [
      "with an end that is no day",
      (before: unknown) => ({
        before,
        after: {
          ...Object(before),
          exceptions: [{ rule: "r", key: "k", reason: "", approver: "", until: "+10000-01-01", scope: "" }],
        },
      }),
      "unreadable for this release",
    ],
    ["a text", (before: unknown) => ({ before, after: JSON.stringify(before) }), "unreadable for this release"],
  ])("%s: they may hold anything", async (_, output, words) => {
    expect(await reviewed(output)).toEqual([["scoped_keys_guardrails", WHOLE, [`output: ${words}`]]]);
  });

  test("of two stacks that come where two others go, without them: loosened", async () => {
    // GIVEN
    const two = (ids: readonly string[], declare: Declare) => (stack: TerraformStack) => {
      for (const id of ids) declare(newStack(App.of(stack), id));
    };
    const unguarded = CHANGES["nothing"] ?? fail();
    const folders = [
      synthesised(two(["p", "d"], guarded.before)),
      synthesised(two(["p2", "d2"], unguarded.before)),
    ] as const;
    // WHEN
    const { exitCode, text } = await runReview(...folders, { ...JSON_OPTIONS, failOn: ["loosened"] });
    // THEN
    expect(exitCode).toBe(EXIT_FAIL_ON);
    expect(JSON.parse(text).counts.loosened).toBe(2);
  });
});

describe("what is no plan", () => {
  test.each([
    ["nothing", "", "SK311", "empty"],
    ["a plan that breaks off", '{"format_version":"1.2","resource_changes":[{"address":"aws', "SK311", "breaks off"],
    ["another text", "Error: no such file", "SK311", "character"],
    ["a plan file", "PK\u0003\u0004", "SK312", "binary plan file"],
    ["a list", "[]", "SK312", "list"],
    ["null", "null", "SK312", "null"],
    ["the log of terraform plan -json", '{"@level":"info"}\n{"@level":"info"}', "SK312", "log"],
    ["a state", '{"format_version":"1.0","values":{}}', "SK312", "a state"],
    ["a state file", '{"version":4,"serial":1,"lineage":"x"}', "SK312", "state file"],
    [
      "a CloudFormation template",
      '{"AWSTemplateFormatVersion":"2010-09-09","Resources":{}}',
      "SK312",
      "CloudFormation",
    ],
    ["a synthesised stack", '{"terraform":{},"resource":{}}', "SK312", "synthesised"],
    ["a plan of a later format", '{"format_version":"2.0","resource_changes":[]}', "SK312", "2.0"],
    ["a plan with other types", '{"format_version":"1.2","resource_changes":[{"address":1}]}', "SK312", "format"],
    ["a plan that failed", '{"format_version":"1.2","errored":true,"resource_changes":[]}', "SK312", "error"],
  ])("%s is refused, and none of its content is quoted", async (_, content, code, says) => {
    const error = await refused(written(content));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(error.message).not.toContain("no such file");
  });

  test.each([
    ["of the plan", (plan: string) => plan.replace('"format_version"', '"format_version":"0.1","format_version"')],
    ["deep in it", (plan: string) => plan.replace('"values":{', '"values":{"a":[{"b":1,"\\u0062":2}],')],
    ["of a function's input", (plan: string) => plan.replace('{\\"key\\":', '{\\"key\\":\\"x\\",\\"key\\":')],
  ])("a name that stands twice in an object %s is refused", async (_, change) => {
    const stack = synthesised(key);
    const plan = JSON.stringify(planBetween(stack, stack));
    expect(change(plan)).not.toBe(plan);
    expect((await refused(written(change(plan)))).code).toBe("SK318");
  });

  test("JSON nested beyond all measure is refused", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const plan = { format_version: "1.2", resource_changes: [] };
    const policy = { address: "aws_iam_role_policy.x", mode: "managed", type: "aws_iam_role_policy" };
    const values = { role: "x", policy: `{"Statement":{"Effect":"Allow","Action":"*","Condition":${deep}}}` };
    const change = { actions: ["create"], before: null, after: values };
    const file = written(JSON.stringify({ ...plan, resource_changes: [{ ...policy, change }] }));
    expect((await refused(file)).code).toBe("SK312");
  });

  test("a file or folder that is not there, and a folder alone", async () => {
    expect((await refused(join(folder, "none.json"))).code).toBe("SK310");
    expect((await refused(join(folder, "a"), join(folder, "b"))).code).toBe("SK310");
    expect((await refused(folder)).code).toBe("SK312");
  });

  test.each([
    ["an empty folder", {}],
    [
      "a manifest that leads out of the folder",
      { "manifest.json": '{"stacks":{"x":{"synthesizedStackPath":"../../etc/passwd"}}}' },
    ],
    ["a manifest of something else", { "manifest.json": "{}" }],
    ["a stack of something else", { "cdk.tf.json": "[]" }],
  ])("%s is no synthesised folder", async (_, files) => {
    // GIVEN
    const other = join(folder, "other");
    mkdirSync(other);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(other, name), content);
    // THEN
    expect((await refused(synthesised(key), other)).code).toBe("SK314");
  });

  test("locals that name each other without end are left as they are", async () => {
    const ref = (name: string) => `\${local.${name}}`;
    const bomb = { terraform: {}, locals: { a: `${ref("b")}${ref("b")}`, b: `${ref("a")}${ref("a")}` } };
    const resource = { aws_iam_role: { x: { name: ref("a") } } };
    const stack = join(folder, "bomb");
    mkdirSync(stack);
    writeFileSync(join(stack, "cdk.tf.json"), JSON.stringify({ ...bomb, resource }));
    expect((await runReview(stack, stack, JSON_OPTIONS)).exitCode).toBe(0);
  });
});

describe("names and texts that mean harm", () => {
  const HARM = "\u001b[2J`]()<script>@everyone\n\u202e-->\u0007";
  const ofHarm = (): string => {
    const stack = synthesised(key);
    const text = JSON.stringify(planBetween(stack, stack));
    const plan = JSON.parse(text);
    for (const { type, change } of plan.resource_changes) {
      if (type === "aws_secretsmanager_secret") change.after = { ...change.after, tags: { team: HARM } };
      if (type !== "aws_lambda_invocation") continue;
      const input = JSON.parse(change.after.input);
      const renamed = { ...input, secret: `ai-keys/openai/${HARM}`, policy: { ...input.policy, purpose: HARM } };
      change.after = { ...change.after, input: JSON.stringify(renamed) };
    }
    return written(JSON.stringify(plan));
  };

  test.each(["terminal", "markdown", "json", "sarif"] as const)(
    "reach nobody's terminal as they are: %s",
    async (format) => {
      const { text } = await runReview(ofHarm(), undefined, { format, failOn: [], name: "" });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      if (format !== "json") expect(text).not.toContain("\u202e");
      expect(text).toContain(format === "json" ? "\\u001b" : "u{1b}");
    },
  );

  test("stand in Markdown inside code, where they are no markup", async () => {
    const { text } = await runReview(ofHarm(), undefined, { format: "markdown", failOn: [], name: "" });
    // Without what is in code, nothing of it is left that is not escaped.
    const outside = text.replace(/(`+)[^\n]*?[^`]\1(?!`)/g, "");
    expect(outside).not.toMatch(/(?<!\\)<script>|(?<!\\)@everyone/);
  });
});

describe("the Markdown", () => {
  test("begins with its marker, is the same each time, and fits into a comment however much there is to say", async () => {
    // GIVEN
    const many =
      (purpose: string): Declare =>
      (stack) => {
        const issuer = newIssuer(stack);
        for (let i = 0; i < 300; i++) newKey(stack, issuer, { purpose: `${purpose} ${"x".repeat(200)}` }, `key-${i}`);
      };
    const [before, after] = [synthesised(many("Old")), synthesised(many("New"))];
    // WHEN
    const options = { format: "markdown", failOn: [], name: "ai-keys" } as const;
    const [first, second] = [await runReview(before, after, options), await runReview(before, after, options)];
    // THEN
    expect(first.text).toBe(second.text);
    expect(first.text.split("\n")[0]).toBe(marker("ai-keys"));
    expect(first.text.length).toBeLessThan(65_536);
    expect(first.text).toMatch(/\d+ more do not fit into a comment/);
  });

  test("has a name that cannot end its marker", () => {
    expect(marker("a-->b\n")).toBe("<!-- scoped-keys review ab -->");
  });
});
