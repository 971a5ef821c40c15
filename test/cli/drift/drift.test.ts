import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { judgePlan } from "../../../src/cli/drift/judge";
import { planSchema } from "../../../src/cli/drift/plan";
import { reportSchema } from "../../../src/cli/drift/report";
import { type DriftOptions, runDrift } from "../../../src/cli/drift/run-drift";
import { DRIFTED, type PlannedStack, planOf } from "../support/plans";
import { expectShown, Written } from "../support/shown";

const PAGE = "docs/cli/drift.md";

const verdicts = (stack: PlannedStack) =>
  judgePlan(v.parse(planSchema, planOf(stack))).map(({ subject, verdict }) => [
    subject.replace("ai-keys/openai/", ""),
    verdict,
  ]);

describe("a plan", () => {
  test("is judged key by key and resource by resource", () => {
    expect(Object.fromEntries(verdicts(DRIFTED))).toEqual({
      summariser: "in_sync",
      search: "drift",
      widened: "drift",
      nightly: "unknown",
      workshop: "note",
      moved: "pending",
      "aws_secretsmanager_secret.search_secret": "drift",
      "aws_lambda_function.openai_controller_function": "pending",
    });
  });

  test.each<[string, PlannedStack, string]>([
    ["that reads no observer is unknown", { keys: { a: {} } }, "unknown"],
    ["that issues the key is pending", { keys: { a: { actions: ["create"] } }, observed: {} }, "pending"],
    ["that destroys the key is pending", { keys: { a: { actions: ["delete"] } }, observed: {} }, "pending"],
    [
      "whose apply died before it reached the ledger is drift",
      { keys: { a: { actions: ["update"] } }, observed: { a: { repair: "x", state: "behind", drift: ["policy x"] } } },
      "drift",
    ],
    [
      "that changes nothing but the repair token is drift",
      { keys: { a: { actions: ["update"], repair: ["seen", "none"] } }, observed: {} },
      "drift",
    ],
    [
      "of an observer whose answer is not understood is unknown",
      { keys: { a: {} }, observed: { a: { state: "fine" } } },
      "unknown",
    ],
  ])("%s", (_, stack, verdict) => {
    expect(verdicts(stack)).toEqual([["a", verdict]]);
  });

  test.each<[string, Partial<PlannedStack>, string, string]>([
    ["of a part of the stack", { complete: false }, "plan", "unknown"],
    ["whose state is lost", { keys: { a: { actions: ["create"] } }, lost: true }, "plan", "unknown"],
    [
      "that finds a function's code replaced, and leaves it so",
      {
        drifted: [
          {
            address: "aws_lambda_function.openai_controller_function",
            before: { function_name: "ai-keys-openai-controller", code_sha256: "a", last_modified: "1" },
            after: { function_name: "ai-keys-openai-controller", code_sha256: "b", last_modified: "2" },
          },
        ],
      },
      "aws_lambda_function.openai_controller_function",
      "drift",
    ],
    [
      "that finds a policy attached to a function's role",
      {
        drifted: [
          {
            address: "aws_iam_role.openai_controller_role",
            before: { name: "ai-keys-openai-controller-us-east-1", managed_policy_arns: [] },
            after: {
              name: "ai-keys-openai-controller-us-east-1",
              managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
            },
          },
        ],
      },
      "aws_iam_role.openai_controller_role",
      "drift",
    ],
  ])("%s is not clean", (_, stack, subject, verdict) => {
    expect(verdicts({ keys: { a: {} }, observed: {}, ...stack })).toContainEqual([subject, verdict]);
  });

  test("says of a secret whose KMS key was changed which key it has now, whose it is, and what puts it back", () => {
    // GIVEN
    const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/a-AbCdEf";
    const kms = (account: string, id: string) => `arn:aws:kms:us-east-1:${account}:key/${id}`;
    const [own, other, foreign] = [
      kms("111122223333", "own"),
      kms("111122223333", "other"),
      kms("999999999999", "foreign"),
    ];
    const secret = (name: string, kms_key_id: string, replica: object[] = []) => ({ name, arn, kms_key_id, replica });
    const drifted = [
      { address: "aws_secretsmanager_secret.a", before: secret("a", own), after: secret("a", foreign) },
      { address: "aws_secretsmanager_secret.b", before: secret("b", ""), after: secret("b", other) },
      {
        address: "aws_secretsmanager_secret.c",
        before: secret("c", own, [{ region: "eu-west-1", kms_key_id: "one" }]),
        after: secret("c", own, [{ region: "eu-west-1", kms_key_id: "two" }]),
      },
    ];
    const resources = drifted.map(({ address }) => ({ address, actions: ["update"] }));
    // WHEN
    const found = judgePlan(v.parse(planSchema, planOf({ keys: {}, observed: {}, drifted, resources })));
    // THEN
    expect(found.map(({ sentences }) => sentences.at(-1))).toEqual([
      `its KMS key was changed from ${own} to ${foreign} of account 999999999999`,
      `its KMS key was changed from Secrets Manager's own to ${other}; an apply does not revert it, so run: aws secretsmanager update-secret --secret-id b --kms-key-id alias/aws/secretsmanager`,
      "the KMS key of its replica in eu-west-1 was changed from one to two",
    ]);
  });

  test.each<[string, NonNullable<PlannedStack["drifted"]>[number]]>([
    [
      "the provider's own answers",
      {
        address: "aws_lambda_function.openai_controller_function",
        before: { function_name: "ai-keys-openai-controller", last_modified: "1" },
        after: { function_name: "ai-keys-openai-controller", last_modified: "2" },
      },
    ],
    [
      "the policy that the constructs put into a role",
      {
        address: "aws_iam_role.openai_controller_role",
        before: { name: "ai-keys-openai-controller-us-east-1", inline_policy: [] },
        after: { name: "ai-keys-openai-controller-us-east-1", inline_policy: [{ name: "controller", policy: "{}" }] },
      },
    ],
    [
      "the policy by which the stack lets a role read",
      {
        address: "aws_iam_role.app",
        before: { name: "app", inline_policy: [] },
        after: {
          name: "app",
          inline_policy: [{ name: "scoped-keys-read-1", policy: "ai-keys/openai/a ai-keys-openai-" }],
        },
      },
    ],
    [
      "others' functions",
      {
        address: "aws_lambda_function.x",
        before: { function_name: "x", code_sha256: "a" },
        after: { function_name: "x", code_sha256: "b" },
      },
    ],
  ])("is clean where nothing but %s changed", (_, drifted) => {
    expect(verdicts({ keys: { a: {} }, observed: {}, drifted: [drifted] })).toEqual([["a", "in_sync"]]);
  });

  test.each<[string, string, string | undefined, Array<[string, string]>]>([
    [
      "other code than was deployed, also after an apply has taken it into the state",
      "ai-keys-openai-controller",
      "b",
      [
        ["a", "in_sync"],
        ["aws_lambda_function.f", "drift"],
      ],
    ],
    ["the code that was deployed", "ai-keys-openai-controller", "a", [["a", "in_sync"]]],
    ["other code in somebody else's function", "x-controller", "b", [["a", "in_sync"]]],
    [
      "not knowing what runs, where the plan has no hash of it",
      "ai-keys-openai-controller",
      undefined,
      [
        ["a", "in_sync"],
        ["aws_lambda_function.f", "unknown"],
      ],
    ],
  ])("tells of %s", (_, name, runs, found) => {
    const values = {
      function_name: name,
      code_sha256: runs,
      source_code_hash: "a",
      filename: "assets/f/1/controller.zip",
    };
    const resources = [{ address: "aws_lambda_function.f", actions: ["no-op"], values }];
    expect(verdicts({ keys: { a: {} }, observed: {}, resources })).toEqual(found);
  });

  test("tells of other code also where the plan changes something else of the function", () => {
    const values = { function_name: "ai-keys-openai-controller", code_sha256: "b", source_code_hash: "a" };
    const resources = [{ address: "aws_lambda_function.f", actions: ["update"], values }];
    expect(verdicts({ keys: { a: {} }, observed: {}, resources })).toEqual([
      ["a", "in_sync"],
      ["aws_lambda_function.f", "pending"],
      ["aws_lambda_function.f", "drift"],
    ]);
  });

  test("loses nothing that a check says and no finding has", () => {
    const checks = ["Keys that are not as last applied:\nlost (drift): the ledger has lost this key\na (unknown): x"];
    expect(verdicts({ keys: { a: {} }, observed: {}, checks })).toEqual([
      ["a", "in_sync"],
      ["lost", "drift"],
      ["a", "unknown"],
    ]);
  });
});

describe("scoped-keys drift", () => {
  let folder: string;
  let out: Written;
  const at = (name: string) => join(folder, name);
  const text = (name: string) => readFileSync(at(name), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scoped-keys-test-"));
    out = new Written();
    jest.useFakeTimers({
      doNotFake: ["nextTick", "setImmediate", "setTimeout", "setInterval"],
      now: Date.UTC(2026, 10, 25, 9, 0, 4),
    });
  });
  afterEach(() => {
    jest.useRealTimers();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A stack whose Terraform answers this; `terraform` stands for all stacks of the test. */
  function stack(name: string, plan: object | string): void {
    mkdirSync(at(`cdktf.out/stacks/${name}`), { recursive: true });
    writeFileSync(at(`cdktf.out/stacks/${name}/cdk.tf.json`), "{}");
    writeFileSync(at(`cdktf.out/stacks/${name}/plan.json`), typeof plan === "string" ? plan : JSON.stringify(plan));
  }
  function terraform(
    script = '[ "$1" = version ] || echo "$@" >> calls\ncase "$1" in\n  init) mkdir -p .terraform ;;\n  plan) exit 2 ;;\n  show) cat plan.json ;;\nesac',
  ): string {
    writeFileSync(at("terraform"), `#!/bin/sh\n${script}\n`);
    chmodSync(at("terraform"), 0o755);
    return at("terraform");
  }
  const drift = async (options: DriftOptions = {}) => {
    out.text = "";
    const code = await runDrift(
      at("cdktf.out"),
      { terraform: at("terraform"), ...options },
      { out, progress: new Written(), wakingMillis: 1 },
    );
    return code;
  };

  test("shows and reports drift as its page does", async () => {
    stack("ai-keys", planOf(DRIFTED));
    stack("reports", planOf({ keys: { weekly: {} }, observed: {} }));
    terraform();
    const reports = ["drift.md", "drift.json", "drift.xml"].map(at);
    expect(await drift({ report: reports })).toBe(2);
    expectShown(PAGE, "scoped-keys drift --report drift.md --report drift.xml", out.text);
    expectShown(PAGE, "cat drift.md", text("drift.md"));
    expectShown(PAGE, "cat drift.xml", text("drift.xml"));
    expect(v.parse(reportSchema, JSON.parse(text("drift.json"))).stacks).toHaveLength(2);
  });

  test("writes JUnit that the strict schema of Ant takes", async () => {
    stack("ai-keys", planOf(DRIFTED));
    terraform();
    await drift({ report: [at("drift.xml")] });
    const written = text("drift.xml");
    expect(written).toMatch(/<testsuites>\n/);
    for (const [suite] of written.matchAll(/<testsuite .*?>/g)) {
      for (const name of ["name", "package", "id", "hostname", "tests", "failures", "errors", "time"]) {
        expect(suite).toMatch(new RegExp(` ${name}="[^"]+"`));
      }
      // Without milliseconds and without a zone.
      expect(suite).toMatch(/ timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/);
    }
    expect(written.match(/<testcase (?![^>]* time=)/g)).toBeNull();
    expect(written.match(/<(?:failure|error) (?![^>]*type=)/g)).toBeNull();
    // In this order, and nothing else in a test case.
    expect(written).toMatch(
      /<properties \/>(?:\s*<testcase [\s\S]*?)*\s*<system-out>[^<]*<\/system-out>\s*<system-err>/,
    );
    expect(written).not.toMatch(/<testcase[^/]*><system-out>/);
  });

  test("says that the setup-terraform action's wrapper is in between, and how to do without", async () => {
    stack("ai-keys", `[command]/opt/terraform-bin show -json\n${planOf(DRIFTED)}\n::debug::exitcode: 0\n`);
    terraform();
    expect(await drift({})).toBe(1);
    expect(out.text).toMatch(/wrapper of the setup-terraform action.*terraform_wrapper: false/);
  });

  test.each([
    ["TF_CLI_ARGS_plan", "-refresh=false"],
    ["TF_CLI_ARGS_plan", "-parallelism=2 -target=aws_x.y"],
    ["TF_CLI_ARGS", "--refresh-only"],
  ])("is not clean where %s holds %s", async (name, value) => {
    stack("ai-keys", planOf({ keys: { weekly: {} }, observed: {} }));
    terraform();
    process.env[name] = value;
    try {
      expect(await drift()).toBe(1);
    } finally {
      delete process.env[name];
    }
    expect(out.text).toContain(`${name} contains ${value.split(" ").at(-1)}`);
  });

  test("ends a plan that does not end, and says so", async () => {
    stack("ai-keys", planOf({ keys: { weekly: {} }, observed: {} }));
    terraform('case "$1" in\n  init) mkdir -p .terraform ;;\n  plan) exec sleep 600 ;;\nesac');
    expect(await drift({ timeout: 0.01 })).toBe(1);
    expect(out.text).toContain("terraform did not end within");
  });

  test("plans without lock and state, initialises once, and leaves no plan behind", async () => {
    stack("ai-keys", planOf(DRIFTED));
    terraform();
    await drift();
    await drift();
    const calls = text("cdktf.out/stacks/ai-keys/calls").split("\n");
    expect(calls.filter((call) => call.startsWith("init"))).toHaveLength(1);
    const [plan = ""] = calls.filter((call) => call.startsWith("plan"));
    expect(plan).toContain("-lock=false -detailed-exitcode -out=");
    expect(existsSync(/-out=(\S+)/.exec(plan)?.[1] ?? ".")).toBe(false);
    expect(calls.some((call) => /^(apply|refresh)/.test(call))).toBe(false);
  });

  test("keeps since when from an earlier report, and the first run needs none", async () => {
    stack("ai-keys", planOf(DRIFTED));
    terraform();
    expect(await drift({ previous: at("drift.json"), report: [at("drift.json")] })).toBe(2);
    const later = JSON.stringify(planOf(DRIFTED)).replaceAll("seen 2026-11-25T09", "seen 2026-11-26T11");
    stack("ai-keys", later);
    await drift({ previous: at("drift.json") });
    expect(out.text).toContain("edited by hand (first seen 2026-11-25T09:00:00.000Z)");
    await drift();
    expect(out.text).toContain("edited by hand (first seen 2026-11-26T11:00:00.000Z)");
  });

  test.each<[string, PlannedStack, number]>([
    ["clean", { keys: { a: {} }, observed: {} }, 0],
    ["clean with what is to be applied", { keys: { a: { actions: ["create"] } }, observed: {} }, 0],
    ["unknown", { keys: { a: {} } }, 1],
    ["drifted", { keys: { a: {} }, observed: { a: { repair: "r", state: "drift", drift: ["d"] } } }, 2],
  ])("ends for a stack that is %s as documented", async (_, planned, code) => {
    stack("ai-keys", planOf(planned));
    terraform();
    expect(await drift()).toBe(code);
  });

  const CONFLICT =
    "│ Error: invoking Lambda Function (arn:aws:lambda:us-east-1:123456789012:function:ai-keys-openai-observer): operation error Lambda: Invoke, https response\\n│ error StatusCode: 409, RequestID: 1, ResourceConflictException: The operation cannot be performed at this time.";
  const answering = (conflicts: number) =>
    terraform(
      `case "$1" in\n  init) mkdir -p .terraform ;;\n  plan) echo plan >> calls; [ $(wc -l < calls) -gt ${conflicts} ] && exit 2; printf "${CONFLICT}\\n" >&2; exit 1 ;;\n  show) cat plan.json ;;\nesac`,
    );

  test("plans again where a function at rest answers with a conflict, since the call wakes it", async () => {
    stack("ai-keys", planOf({ keys: { weekly: {} }, observed: {} }));
    answering(2);
    expect(await drift()).toBe(0);
    expect(out.text).toContain("1 stack, 1 key: no drift.\n");
  });

  test("fails where the conflict stays, and does not say that there is no drift", async () => {
    stack("ai-keys", planOf({ keys: { weekly: {} }, observed: {} }));
    answering(9);
    expect(await drift()).toBe(1);
    expect(out.text).toContain("StatusCode: 409");
    expect(out.text).toContain("1 stack, 0 keys: no drift seen, 1 stack failed.\n");
    expect(readFileSync(at("cdktf.out/stacks/ai-keys/calls"), "utf8")).toBe("plan\nplan\nplan\n");
  });

  test("says in Terraform's words why a plan failed, and drift of another stack is drift all the same", async () => {
    stack("ai-keys", planOf(DRIFTED));
    stack("broken", "");
    terraform(
      'case "$PWD $1" in\n  *broken*plan) printf "╷\\n│ Error: no credentials\\n╵\\n" >&2; exit 1 ;;\n  *plan) exit 2 ;;\n  *show) cat plan.json ;;\nesac',
    );
    expect(await drift()).toBe(2);
    expect(out.text).toContain("broken: failed\n  terraform plan: Error: no credentials\n");
    expect(await drift({ stack: ["broken"] })).toBe(1);
  });

  test("says where a plan is not understood", async () => {
    stack("ai-keys", '{"resource_changes":[{}]}');
    terraform();
    expect(await drift()).toBe(1);
    expect(out.text).toContain("its JSON cannot be read at resource_changes.0.address");
  });

  test("names in reports cannot break out of them", async () => {
    const hostile = 'a|b</testsuite>"&\u0007`<img>';
    stack("ai-keys", planOf({ keys: { a: {} }, observed: { a: { repair: "r", state: "drift", drift: [hostile] } } }));
    terraform();
    await drift({ report: [at("r.md"), at("r.xml")] });
    expect(text("r.md")).toContain('``a\\u{7c}b</testsuite>"&\\u{7}`<img>``');
    expect(text("r.xml")).toContain("a|b&lt;/testsuite&gt;&quot;&amp;\\u{7}`&lt;img&gt;");
  });

  test.each<[string, DriftOptions, RegExp]>([
    ["no such stack", { stack: ["ai-kyes"] }, /\[SK321\].*Did you mean ai-keys\?/],
    ["no Terraform", { terraform: "no-such-terraform" }, /\[SK322\]/],
    ["a report that is none", { previous: "package.json" }, /\[SK323\]/],
    ["a report that cannot be written", { report: ["no-such-folder/drift.md"] }, /\[SK323\]/],
  ])("refuses %s", async (_, options, error) => {
    stack("ai-keys", planOf({ keys: {} }));
    terraform();
    await expect(drift(options)).rejects.toThrow(error);
  });

  test("refuses a folder without stacks", async () => {
    await expect(drift()).rejects.toThrow("[SK320]");
  });

  test("takes a folder of Terraform code as one stack", async () => {
    stack("ai-keys", planOf({ keys: {} }));
    terraform();
    const one = at("cdktf.out/stacks/ai-keys");
    expect(await runDrift(one, { terraform: at("terraform") }, { out, progress: new Written() })).toBe(0);
    expect(out.text).toContain("ai-keys: clean");
    expect(readdirSync(one)).toContain(".terraform");
  });
});
