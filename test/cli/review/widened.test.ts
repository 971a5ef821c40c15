import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { zipSync } from "fflate";
import { Duration, Guardrail, KeyGuardrails, Lifetime, OpenAiScope } from "../../../constructs";
import { EXIT_FAIL_ON, runReview } from "../../../src/cli/review/run-review";
import { newIssuer, newKey } from "../../constructs/support";
import { planBetween } from "../../review/plan";
import { type Declare, removeFolders, synthesised } from "../../review/support";

const FAILING = { format: "json", failOn: ["loosened"], name: "" } as const;
const TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts";

const stack: Declare = (scope) => {
  const issuer = newIssuer(scope, { alertTopicArn: TOPIC });
  KeyGuardrails.of(scope).add(Guardrail.expiryMaximum(Duration.days(30)));
  newKey(scope, issuer, {}, "kept").grants.read(new IamRole(scope, "app", { name: "app", assumeRolePolicy: "{}" }));
  newKey(scope, issuer, {}, "second");
};

// biome-ignore lint/suspicious/noExplicitAny: a configuration is edited as its author would
type Json = any;
type Edit = (json: Json, folder: string) => void;

const one = (json: Json, type: string, part: string): Json =>
  Object.entries<Json>(json.resource[type]).find(([id]) => id.includes(part))?.[1];
const lambda = (json: Json) => one(json, "aws_lambda_function", "controller_function");
const set =
  (type: string, part: string, values: object): Edit =>
  (json) => {
    Object.assign(one(json, type, part), values);
  };
const drop =
  (type: string, part: string, ...names: string[]): Edit =>
  (json) => {
    for (const name of names) delete one(json, type, part)[name];
  };
const remove =
  (type: string, part: string): Edit =>
  (json) => {
    const id = Object.keys(json.resource[type]).find((each) => each.includes(part)) ?? "";
    delete json.resource[type][id];
  };
const variable =
  (name: string, value: string): Edit =>
  (json) => {
    lambda(json).environment.variables[name] = value;
  };
const WIDE = { scopes: ["api.all"] };
const input = (json: Json, change: (policy: Json) => object): string => {
  const { input: text } = one(json, "aws_lambda_invocation", "kept_reconcile");
  const at = text.lastIndexOf(',"repair":');
  const parsed = JSON.parse(`${text.slice(0, at)}}`);
  return `${JSON.stringify({ ...parsed, policy: change(parsed.policy) }).slice(0, -1)}${text.slice(at)}`;
};
const policy = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const ANYBODY = policy({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
const added =
  (type: string, id: string, values: (json: Json) => object): Edit =>
  (json) => {
    json.resource[type] = { ...json.resource[type], [id]: values(json) };
  };

/** What a folder and a plan both show. */
const SEEN_IN_BOTH: Readonly<Record<string, Edit>> = {
  // Keys.
  "a second invocation for one key": added("aws_lambda_invocation", "aaa_tidy", (json) => ({
    ...one(json, "aws_lambda_invocation", "kept_reconcile"),
    input: input(json, (before) => ({ ...before, ...WIDE })),
  })),
  "an invocation with an order": added("aws_lambda_invocation", "zzz", () => ({
    function_name: "ai-keys-openai-controller",
    input: JSON.stringify({ action: "revoke", key: "kept", successor: false }),
  })),
  "an invocation by ARN": added("aws_lambda_invocation", "zzz", (json) => ({
    ...one(json, "aws_lambda_invocation", "kept_reconcile"),
    function_name: "arn:aws:lambda:us-east-1:111122223333:function:ai-keys-openai-controller",
  })),
  "a member beside the policy": (json) => {
    const found = one(json, "aws_lambda_invocation", "kept_reconcile");
    found.input = found.input.replace('{"key"', '{"account":{"vendor":"openai"},"key"');
  },
  "a policy that is not canonical": (json) => {
    one(json, "aws_lambda_invocation", "kept_reconcile").input = input(json, (before) => ({ ...before, hidden: true }));
  },
  "another qualifier": set("aws_lambda_invocation", "kept_reconcile", { qualifier: "1" }),
  "triggers, which replace the key": set("aws_lambda_invocation", "kept_reconcile", { triggers: { at: "now" } }),
  "another lifecycle scope": set("aws_lambda_invocation", "kept_reconcile", { lifecycle_scope: "CREATE_ONLY" }),
  "a schedule that is not the policy's": (json) => {
    one(json, "aws_secretsmanager_secret_rotation", "kept").rotation_rules = { schedule_expression: "rate(999 days)" };
  },
  "another window of the rotation": (json) => {
    one(json, "aws_secretsmanager_secret_rotation", "kept").rotation_rules.duration = "24h";
  },
  "another function that rotates": set("aws_secretsmanager_secret_rotation", "kept", {
    rotation_lambda_arn: "arn:aws:lambda:us-east-1:999999999999:function:x",
  }),
  "no rotation": remove("aws_secretsmanager_secret_rotation", "kept"),
  "a secret's policy without its denials": set("aws_secretsmanager_secret", "kept", { policy: policy({}) }),
  "a secret that stays for a month": set("aws_secretsmanager_secret", "kept", { recovery_window_in_days: 30 }),
  "a secret that overwrites its replicas": set("aws_secretsmanager_secret", "kept", {
    force_overwrite_replica_secret: true,
  }),
  "a tag in the library's name": set("aws_secretsmanager_secret", "kept", { tags: { "scoped-keys:issuer": "x" } }),
  "a grant of more than reading": (json) => {
    const grant = one(json, "aws_iam_role_policy", "_reads_");
    grant.policy = grant.policy.replace('"secretsmanager:DescribeSecret"', '"secretsmanager:*"');
  },
  // Functions.
  "code that nobody knows": (json) => {
    lambda(json).filename = "foreign.zip";
  },
  "code of another hash": (json) => {
    lambda(json).source_code_hash = Buffer.alloc(32).toString("base64");
  },
  "the observer's code in the controller": (json) => {
    const observer = one(json, "aws_lambda_function", "observer_function");
    Object.assign(lambda(json), { filename: observer.filename, source_code_hash: observer.source_code_hash });
  },
  "another handler": set("aws_lambda_function", "controller_function", { handler: "evil.handler" }),
  "another runtime": set("aws_lambda_function", "observer_function", { runtime: "nodejs16.x" }),
  "a layer": set("aws_lambda_function", "observer_function", { layers: ["arn:aws:lambda:us-east-1:1:layer:x:1"] }),
  "an image": set("aws_lambda_function", "controller_function", { image_uri: "x/y:latest", package_type: "Image" }),
  "code in S3": set("aws_lambda_function", "controller_function", { s3_bucket: "x", s3_key: "y" }),
  "a file system": set("aws_lambda_function", "controller_function", {
    file_system_config: [{ arn: "arn:aws:elasticfilesystem:us-east-1:1:access-point/x", local_mount_path: "/mnt/x" }],
  }),
  NODE_OPTIONS: variable("NODE_OPTIONS", "--require /opt/evil.js"),
  AWS_LAMBDA_EXEC_WRAPPER: variable("AWS_LAMBDA_EXEC_WRAPPER", "/opt/evil"),
  "a proxy": variable("HTTPS_PROXY", "http://evil.example.com"),
  "another ledger": variable("SCOPED_KEYS_LEDGER_TABLE", "somebody-elses"),
  "another base URL for the observer alone": (json) => {
    const { variables } = one(json, "aws_lambda_function", "observer_function").environment;
    variables.SCOPED_KEYS_VENDOR_SETTINGS = JSON.stringify({
      projectId: "proj_abc",
      baseUrl: "https://evil.example.com",
    });
  },
  "another role of a function": set("aws_lambda_function", "controller_function", {
    role: "arn:aws:iam::111122223333:role/admin",
  }),
  "a trust policy for anybody": set("aws_iam_role", "controller_role", { assume_role_policy: ANYBODY }),
  "a managed policy of a function's role": set("aws_iam_role", "observer_role", {
    managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  }),
  "an inline policy by the role's literal name": added("aws_iam_role_policy", "x", () => ({
    name: "x",
    role: "ai-keys-openai-controller-us-east-1",
    policy: policy({ Effect: "Allow", Action: "iam:*", Resource: "*" }),
  })),
  "an alias for a version": set("aws_lambda_alias", "sweep_alias", { function_version: "1" }),
  "an alias that splits calls": set("aws_lambda_alias", "operator_alias", {
    routing_config: { additional_version_weights: { "1": 0.5 } },
  }),
  "an alias of somebody's own": added("aws_lambda_alias", "x", () => ({
    name: "mine",
    function_name: "ai-keys-openai-controller",
    function_version: "$LATEST",
  })),
  // Invokers and schedules.
  "a permission without its source": drop(
    "aws_lambda_permission",
    "rotation_permission",
    "source_arn",
    "source_account",
  ),
  "a permission for another account's secrets": set("aws_lambda_permission", "rotation_permission", {
    source_account: "999999999999",
  }),
  "a permission for anybody": set("aws_lambda_permission", "sweep_permission", { principal: "*" }),
  "a permission to call more": set("aws_lambda_permission", "sweep_permission", { action: "lambda:*" }),
  "a sweep that is switched off": set("aws_cloudwatch_event_rule", "sweep", { state: "DISABLED" }),
  "a sweep on another bus": set("aws_cloudwatch_event_rule", "sweep", { event_bus_name: "mine" }),
  "a target with another input": (json) => {
    one(json, "aws_cloudwatch_event_target", "sweep_target").input = '{"action":"keys"}';
  },
  "a target beside": added("aws_cloudwatch_event_target", "t", (json) => ({
    ...one(json, "aws_cloudwatch_event_target", "sweep_target"),
    input: JSON.stringify({ action: "revoke", key: "kept", successor: false }),
  })),
  "no target": remove("aws_cloudwatch_event_target", "sweep_target"),
  // What stands guard.
  "a threshold that nothing reaches": set("aws_cloudwatch_metric_alarm", "admin_key_refused", { threshold: 1e9 }),
  "an alarm of another metric": set("aws_cloudwatch_metric_alarm", "open_incidents", { metric_name: "Nothing" }),
  "an alarm without actions": set("aws_cloudwatch_metric_alarm", "controller_errors", { actions_enabled: false }),
  "an alarm that takes silence for good": set("aws_cloudwatch_metric_alarm", "sweep_overdue", {
    treat_missing_data: "notBreaching",
  }),
  "one alarm that tells nobody": drop("aws_cloudwatch_metric_alarm", "rotation_failed", "alarm_actions"),
  "an alarm that does more than tell": set("aws_cloudwatch_metric_alarm", "rotation_failed", {
    alarm_actions: [TOPIC, "arn:aws:lambda:us-east-1:111122223333:function:x"],
  }),
  "an alarm for later": set("aws_cloudwatch_metric_alarm", "days_until_expiry", { threshold: 0 }),
  "logs of one function for a day": set("aws_cloudwatch_log_group", "observer_log", { retention_in_days: 1 }),
  "a ledger without recovery": (json) => {
    one(json, "aws_dynamodb_table", "ledger").point_in_time_recovery = { enabled: false };
  },
  "a ledger with a stream": set("aws_dynamodb_table", "ledger", {
    stream_enabled: true,
    stream_view_type: "NEW_IMAGE",
  }),
  "a ledger with a replica": set("aws_dynamodb_table", "ledger", { replica: [{ region_name: "eu-west-1" }] }),
};

/** What only the configuration shows. */
const SEEN_IN_FOLDERS: Readonly<Record<string, Edit>> = {
  "a repair token that drift never changes": (json) => {
    const found = one(json, "aws_lambda_invocation", "kept_reconcile");
    found.input = found.input.replace(/,"repair":.*$/, ',"repair":"none"}');
  },
  "a member twice": (json) => {
    const found = one(json, "aws_lambda_invocation", "kept_reconcile");
    found.input = found.input.replace(/\}$/, `,"policy":${JSON.stringify({ ...WIDE, vendor: "openai" })}}`);
  },
  "a second provider": (json) => {
    json.provider.aws.push({ alias: "x", region: "us-east-1", assume_role: [{ role_arn: "arn:aws:iam::9:role/x" }] });
  },
  "a resource of another provider": set("aws_secretsmanager_secret", "kept", { provider: "aws.x" }),
  "a provider with endpoints": (json) => {
    json.provider.aws[0].endpoints = [{ secretsmanager: "https://evil.example.com" }];
  },
  "a provider in another region": (json) => {
    json.provider.aws[0].region = "eu-west-1";
  },
  "default tags": (json) => {
    json.provider.aws[0].default_tags = [{ tags: { "scoped-keys:issuer": "x" } }];
  },
  "another backend": (json) => {
    json.terraform.backend = { http: { address: "https://evil.example.com" } };
  },
  "another source of the provider": (json) => {
    json.terraform.required_providers.aws.source = "evil/aws";
  },
  "a provider more": (json) => {
    json.terraform.required_providers.evil = { source: "evil/evil" };
  },
  "a module": (json) => {
    json.module = { m: { source: "./m" } };
  },
  "a program that runs at plan": (json) => {
    json.data.external = { x: { program: ["true"] } };
  },
  "an invocation that runs at plan": (json) => {
    json.data.aws_lambda_invocation.x = { function_name: "ai-keys-openai-controller", input: "{}" };
  },
  "an observer that is asked for fewer keys": (json) => {
    const [data] = Object.values<Json>(json.data.aws_lambda_invocation);
    data.input = '{"action":"observe","keys":{}}';
  },
  "states that are empty": (json) => {
    const name = Object.keys(json.locals).find((each) => each.includes("_states_")) ?? "";
    json.locals[name] = `\${{}}`;
  },
  "a check that asserts nothing": (json) => {
    json.check["ai-keys-openai"].assert[0].condition = "true";
  },
  "no check": (json) => {
    delete json.check;
  },
  "guardrails by an expression": (json) => {
    json.output.scoped_keys_guardrails.value.guardrails = `\${local.x}`;
  },
  "a removed block": (json) => {
    const [id] = Object.keys(json.resource.aws_secretsmanager_secret);
    json.removed = [{ from: `aws_secretsmanager_secret.${id}`, lifecycle: { destroy: false } }];
  },
  "a moved block": (json) => {
    const [from, to] = Object.keys(json.resource.aws_secretsmanager_secret);
    json.moved = [{ from: `aws_secretsmanager_secret.${from}`, to: `aws_secretsmanager_secret.${to}` }];
  },
  "an import": (json) => {
    const id = Object.keys(json.resource.aws_iam_role).find((each) => each.includes("controller_role"));
    json.import = [{ to: `aws_iam_role.${id}`, id: "mine" }];
  },
  "a block that nobody knows": (json) => {
    json.action = { aws_lambda_invoke: { x: {} } };
  },
  "ignored changes": set("aws_secretsmanager_secret", "kept", { lifecycle: { ignore_changes: ["policy"] } }),
  "a provisioner": set("aws_iam_role", "controller_role", { provisioner: [{ "local-exec": { command: "true" } }] }),
  "a count": set("aws_lambda_permission", "sweep_permission", { count: 0 }),
  "no dependencies": drop("aws_lambda_invocation", "kept_reconcile", "depends_on"),
  "a Terraform file": (_, folder) => writeFileSync(join(folder, "zz.tf"), "# nothing"),
  "an override file": (_, folder) => writeFileSync(join(folder, "x_override.tf.json"), "{}"),
  "values of variables": (_, folder) => writeFileSync(join(folder, "x.auto.tfvars"), "a = 1"),
  "a configuration of Terraform's command line": (_, folder) => writeFileSync(join(folder, ".terraformrc"), ""),
  "a state": (_, folder) => writeFileSync(join(folder, "terraform.ai-keys.tfstate"), "{}"),
  "another workspace": (_, folder) => writeIn(folder, ".terraform/environment", "mine"),
  "code of a module that is there already": (_, folder) => writeIn(folder, ".terraform/modules/m/main.tf", "# x"),
  "a working folder that is a link": (_, folder) => symlinkSync("/etc", join(folder, ".terraform")),
  "a working folder that is a file": (_, folder) => writeFileSync(join(folder, ".terraform"), ""),
  "a state elsewhere": (json) => {
    json.terraform.backend = { local: { path: "/tmp/elsewhere/terraform.ai-keys.tfstate" } };
  },
  "a symbolic link": (_, folder) => symlinkSync("/etc/hosts", join(folder, "assets", "hosts")),
  "a zip of other code under the same hash": (json, folder) =>
    writeFileSync(join(folder, lambda(json).filename), zipSync({ "index.js": Buffer.from("evil") })),
};

function writeIn(folder: string, name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

const folders: string[] = [];
let base: string;
beforeAll(() => {
  base = synthesised(stack);
});
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
afterAll(removeFolders);

function edited(edit: Edit): string {
  const folder = mkdtempSync(join(tmpdir(), "widened-"));
  folders.push(folder);
  cpSync(base, folder, { recursive: true });
  const file = join(folder, "stacks/ai-keys/cdk.tf.json");
  const json = JSON.parse(readFileSync(file, "utf8"));
  edit(json, join(folder, "stacks/ai-keys"));
  writeFileSync(file, JSON.stringify(json));
  return folder;
}

/** 3, or 1 for what is refused altogether. */
async function exitCodeOf(...inputs: [string, string?]): Promise<number> {
  try {
    return (await runReview(inputs[0], inputs[1], FAILING)).exitCode;
  } catch (error) {
    if (error instanceof Error && "code" in error) return 1;
    throw error;
  }
}

describe("a change that widens is loosened, or refused", () => {
  test.each(Object.entries({ ...SEEN_IN_BOTH, ...SEEN_IN_FOLDERS }))("in folders: %s", async (_, edit) => {
    expect(await exitCodeOf(base, edited(edit))).not.toBe(0);
  });

  test.each(Object.entries(SEEN_IN_BOTH))("in a plan: %s", async (_, edit) => {
    const folder = edited(edit);
    const plan = join(folder, "plan.json");
    writeFileSync(plan, JSON.stringify(planBetween(base, folder)));
    expect(await exitCodeOf(plan)).not.toBe(0);
  });

  test("and one that is undone is not, nor is what stays", async () => {
    const folder = edited(set("aws_lambda_function", "controller_function", { handler: "evil.handler" }));
    expect(await exitCodeOf(folder, base)).toBe(0);
    expect(await exitCodeOf(folder, folder)).toBe(0);
  });
});

describe("what Terraform and CDKTF put into a folder", () => {
  test("is not loosened", async () => {
    const folder = edited((_, stack) => {
      writeIn(stack, ".terraform/environment", "default\n");
      writeIn(stack, ".terraform/providers/registry.terraform.io/hashicorp/aws/5.100.0/x", "a program");
      writeIn(stack, "terraform.tfstate.backup", "{}");
    });
    expect(await exitCodeOf(base, folder)).toBe(0);
  });

  test("a local state beside the folder, wherever that is, is the same; one that lies elsewhere from there is not", async () => {
    const checkout = (path: (folder: string) => string) => {
      const folder = mkdtempSync(join(tmpdir(), "widened-"));
      folders.push(folder);
      cpSync(base, join(folder, "cdktf.out"), { recursive: true });
      const file = join(folder, "cdktf.out/stacks/ai-keys/cdk.tf.json");
      const json = JSON.parse(readFileSync(file, "utf8"));
      json.terraform.backend = { local: { path: path(realpathSync(folder)) } };
      writeFileSync(file, JSON.stringify(json));
      return join(folder, "cdktf.out");
    };
    const [here, there, elsewhere] = [
      checkout((folder) => join(folder, "terraform.ai-keys.tfstate")),
      checkout((folder) => join(folder, "terraform.ai-keys.tfstate")),
      checkout((folder) => join(folder, "cdktf.out/terraform.ai-keys.tfstate")),
    ];
    expect(await exitCodeOf(here, there)).toBe(0);
    expect(await exitCodeOf(here, elsewhere)).toBe(EXIT_FAIL_ON);
  });
});

describe("a stack that is new", () => {
  const withStack = (configuration: object) => {
    const folder = mkdtempSync(join(tmpdir(), "widened-"));
    folders.push(folder);
    cpSync(base, folder, { recursive: true });
    const file = join(folder, "manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    manifest.stacks.web = {
      ...manifest.stacks["ai-keys"],
      name: "web",
      synthesizedStackPath: "stacks/web/cdk.tf.json",
    };
    writeFileSync(file, JSON.stringify(manifest));
    writeIn(
      folder,
      "stacks/web/cdk.tf.json",
      JSON.stringify({ "//": { metadata: { stackName: "web" } }, ...configuration }),
    );
    return folder;
  };

  test.each<[string, number, object]>([
    [
      "a bucket",
      0,
      { terraform: { required_providers: { aws: { source: "aws" } } }, resource: { aws_s3_bucket: { b: {} } } },
    ],
    ["a provider of somebody else", EXIT_FAIL_ON, { terraform: { required_providers: { x: { source: "evil/x" } } } }],
    [
      "a provider called like that of AWS",
      EXIT_FAIL_ON,
      { terraform: { required_providers: { aws: { source: "evil/aws" } } } },
    ],
    [
      "a program of a data source",
      EXIT_FAIL_ON,
      { terraform: {}, data: { external: { x: { program: ["sh", "x"] } } } },
    ],
    [
      "a program of a check",
      EXIT_FAIL_ON,
      { terraform: {}, check: { c: { data: { external: { x: { program: ["sh"] } } } } } },
    ],
    [
      "a program of a resource",
      EXIT_FAIL_ON,
      { terraform: {}, resource: { null_resource: { x: { provisioner: [{ "local-exec": { command: "x" } }] } } } },
    ],
    ["a removed block with a program", EXIT_FAIL_ON, { terraform: {}, removed: [{ from: "a.b", provisioner: [{}] }] }],
  ])("without keys and with %s: exit code %i", async (_, code, configuration) => {
    expect(await exitCodeOf(base, withStack(configuration))).toBe(code);
  });
});

describe("what a plan says of itself", () => {
  const planned = (change: (plan: Json) => void): Promise<number> => {
    const plan = planBetween(base, base) as Json;
    change(plan);
    const folder = mkdtempSync(join(tmpdir(), "widened-"));
    folders.push(folder);
    writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
    return exitCodeOf(join(folder, "plan.json"));
  };
  const changeOf = (plan: Json, part: string) =>
    plan.resource_changes.find(({ address }: Json) => address.includes(part)).change;

  test.each<[string, (plan: Json) => void]>([
    ["a part of the stack", (plan) => (plan.complete = false)],
    ["something put off", (plan) => (plan.deferred_changes = [{ resource_change: { address: "x.y" } }])],
    ["an action", (plan) => (plan.action_invocations = [{ address: "action.aws_lambda_invoke.x" }])],
    ["no check", (plan) => (plan.checks = [])],
    ["a provider with endpoints", (plan) => (plan.configuration.provider_config.aws.expressions.endpoints = [{}])],
    [
      "another handler, known after apply",
      (plan) => {
        const change = changeOf(plan, "controller_function");
        delete change.after.handler;
        change.after_unknown = { handler: true };
      },
    ],
    [
      "a resource by another provider",
      (plan) => {
        plan.configuration.root_module.resources[0].provider_config_key = "aws.x";
      },
    ],
    [
      "an owned name in a module",
      (plan) => {
        const found = plan.resource_changes.find(({ type }: Json) => type === "aws_cloudwatch_event_target");
        const change = { ...found.change, before: null, actions: ["create"] };
        plan.resource_changes.push({ ...found, address: `module.m.${found.address}`, change });
      },
    ],
    [
      "drift that it leaves",
      (plan) => {
        const found = plan.resource_changes.find(({ address }: Json) => address.includes("sweep_permission"));
        const after = { ...found.change.after, principal: "*" };
        plan.resource_drift = [{ ...found, change: { actions: ["update"], before: found.change.before, after } }];
      },
    ],
  ])("%s: nobody can tell", async (_, change) => {
    expect(await planned(() => {})).toBe(0);
    expect(await planned(change)).toBe(EXIT_FAIL_ON);
  });
});

describe("what is issued", () => {
  const issued = (more: Declare): string =>
    synthesised((scope) => {
      stack(scope);
      more(scope);
    });
  const issuerIn = (scope: Parameters<Declare>[0]) => scope.node.findChild("openai") as ReturnType<typeof newIssuer>;

  test("as narrow as the others is not loosened, and a pipeline can stop at it", async () => {
    const folder = issued((scope) => newKey(scope, issuerIn(scope), {}, "third"));
    expect(await exitCodeOf(base, folder)).toBe(0);
    expect((await runReview(base, folder, { ...FAILING, failOn: ["issued"] })).exitCode).toBe(EXIT_FAIL_ON);
  });

  test("beyond what a guardrail in the output allows is loosened: synthesis would have refused it", async () => {
    // GIVEN a stack whose guardrail is fulfilled, and one without it that says that it has it
    const longer = { lifetime: Lifetime.expiring({ after: Duration.days(60) }) };
    const unguarded = synthesised((scope) => {
      const issuer = newIssuer(scope, { alertTopicArn: TOPIC });
      newKey(scope, issuer, {}, "kept").grants.read(new IamRole(scope, "app", { name: "app", assumeRolePolicy: "{}" }));
      newKey(scope, issuer, {}, "second");
      newKey(scope, issuer, longer, "third");
    });
    const file = join(unguarded, "stacks/ai-keys/cdk.tf.json");
    const json = JSON.parse(readFileSync(file, "utf8"));
    json.output = JSON.parse(readFileSync(join(base, "stacks/ai-keys/cdk.tf.json"), "utf8")).output;
    writeFileSync(file, JSON.stringify(json));
    // WHEN
    const { exitCode, text } = await runReview(base, unguarded, FAILING);
    // THEN
    expect(exitCode).toBe(EXIT_FAIL_ON);
    expect(JSON.stringify(JSON.parse(text).entries)).toContain("its expiry is 60 days");
  });

  test("in the place of another with the same owner and purpose is that one renamed, and loosened where it allows more", async () => {
    const swapped = synthesised((scope) => {
      const issuer = newIssuer(scope, { alertTopicArn: TOPIC });
      KeyGuardrails.of(scope).add(Guardrail.expiryMaximum(Duration.days(30)));
      newKey(scope, issuer, {}, "kept").grants.read(new IamRole(scope, "app", { name: "app", assumeRolePolicy: "{}" }));
      newKey(scope, issuer, { scopes: [OpenAiScope.MODEL_REQUEST, OpenAiScope.FILES_READ] }, "other");
    });
    const { exitCode, text } = await runReview(base, swapped, FAILING);
    expect(exitCode).toBe(EXIT_FAIL_ON);
    const [entry] = JSON.parse(text).entries;
    expect([entry.renamedFrom, entry.verdicts.slice(0, 2)]).toEqual(["ai-keys/openai/second", ["loosened", "renamed"]]);
  });
});

test.each([
  [
    "door terraform, request r-1, on 2026-12-01T00:00:00.000Z",
    "door terraform, request r-1, on 2026-12-01T00:00:00.000Z",
  ],
  [undefined, "not known"],
])(
  "a plan that only puts back what somebody has applied says what that was, field by field, and by whom: %s",
  async (by, said) => {
    // GIVEN
    const plan = planBetween(base, base) as Json;
    const { input: text } = JSON.parse(
      JSON.stringify(
        plan.resource_changes.find(({ address }: Json) => address.includes("kept_reconcile")).change.after,
      ),
    );
    const applied = { ...JSON.parse(text).policy, scopes: ["api.all"] };
    const observed = plan.prior_state.values.root_module.resources.find(
      ({ type }: Json) => type === "aws_lambda_invocation",
    );
    const repair =
      "policy 0123456789ab is to be applied, or its last apply did not finish (seen 2026-12-01T00:00:00.000Z)";
    observed.values.result = JSON.stringify({ kept: { repair, state: "behind", drift: [repair], applied, by } });
    for (const { address, change } of plan.resource_changes) {
      if (!address.includes("kept_reconcile")) continue;
      change.after.input = change.after.input.replace('"repair":"none"', `"repair":${JSON.stringify(repair)}`);
    }
    const folder = mkdtempSync(join(tmpdir(), "widened-"));
    folders.push(folder);
    writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
    // WHEN
    const reviewed = await runReview(join(folder, "plan.json"), undefined, { ...FAILING, failOn: ["drift"] });
    // THEN
    expect(reviewed.exitCode).toBe(EXIT_FAIL_ON);
    expect(JSON.parse(reviewed.text).entries).toMatchObject([
      {
        name: "ai-keys/openai/kept",
        verdicts: ["drift"],
        drift: [
          "scopes changed outside this state (incomparable): declared api.model.read, api.model.request, applied api.all",
          `by whom: ${said}`,
        ],
      },
    ]);
  },
);

test.each([
  ["terminal", "    nobody can tell  aws_lambda_function.openai_controller_function_"],
  ["markdown", "- **nobody can tell** `aws_lambda_function.openai_controller_function_"],
  ["sarif", ".handler (nobody can tell): index.handler -> evil.handler"],
  ["json", '"direction": "unknown"'],
] as const)("nobody can tell is said in %s", async (format, words) => {
  const folder = edited(set("aws_lambda_function", "controller_function", { handler: "evil.handler" }));
  expect((await runReview(base, folder, { ...FAILING, format })).text).toContain(words);
});
