import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { SecretsmanagerSecretPolicy } from "@cdktf/provider-aws/lib/secretsmanager-secret-policy";
import type { TerraformStack } from "cdktf";
import {
  AdminKey,
  CloudflareIssuer,
  CloudflareScope,
  DriftDetection,
  Duration,
  Guardrail,
  type GuardrailExceptionProps,
  KeyGuardrails,
  Lifetime,
  LiteLlmIssuer,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Severity,
  Spend,
} from "../../../constructs";
import { defined } from "../../../src/model/defined";
import { newIssuer, newKey, WEEKLY } from "../../constructs/support";
import type { Declare } from "../../review/support";

export interface Change {
  readonly before: Declare;
  readonly after: Declare;
}

const KMS = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";
const OTHER_KMS = "arn:aws:kms:us-east-1:111122223333:key/99999999-8888-7777-6666-555555555555";
const TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts";
const { FILES_READ, MODEL_REQUEST, MODELS_READ } = OpenAiScope;

/** A stack with one key at OpenAI. */
const openai =
  (key: Partial<ScopedKeyProps> = {}, issuer: Parameters<typeof newIssuer>[1] = {}, id = "summariser"): Declare =>
  (stack) => {
    newKey(stack, newIssuer(stack, issuer), key, id);
  };

/** A stack with one key at a LiteLLM proxy, which enforces nearly everything per key. */
const litellm =
  (key: Partial<ScopedKeyProps>): Declare =>
  (stack) => {
    const adminKey = AdminKey.fromSecretName("ai/admin/litellm");
    const issuer = new LiteLlmIssuer(stack, "litellm", { adminKey, baseUrl: "https://litellm.example.com" });
    new ScopedKey(stack, "summariser", {
      issuer,
      owner: "search-team@example.com",
      purpose: "Summaries on the results page",
      lifetime: WEEKLY,
      ...key,
    });
  };

const cloudflare =
  (networks?: readonly string[]): Declare =>
  (stack) => {
    const adminKey = AdminKey.fromSecretName("ai/admin/cloudflare");
    const accountId = "0123456789abcdef0123456789abcdef";
    new ScopedKey(stack, "summariser", {
      issuer: new CloudflareIssuer(stack, "cloudflare", { adminKey, accountId }),
      owner: "search-team@example.com",
      purpose: "Summaries on the results page",
      scopes: [CloudflareScope.WORKERS_AI_READ],
      lifetime: WEEKLY,
      ...defined({ networks }),
    });
  };

/** A key that roles of these names may read. */
const readBy =
  (names: readonly string[], more: (stack: TerraformStack, key: ScopedKey) => void = () => {}): Declare =>
  (stack) => {
    const key = newKey(stack, newIssuer(stack), { kmsKeyArn: KMS });
    for (const name of names) key.grants.read(new IamRole(stack, name, { name, assumeRolePolicy: "{}" }));
    more(stack, key);
  };

const several =
  (...ids: readonly string[]): Declare =>
  (stack) => {
    const issuer = newIssuer(stack);
    for (const id of ids) newKey(stack, issuer, { purpose: `Work of ${id}` }, id);
  };

const lifetime = (every: number, overlapHours: number, expiry: number): Partial<ScopedKeyProps> => ({
  lifetime: Lifetime.rotating({
    every: Duration.days(every),
    overlap: Duration.hours(overlapHours),
    expiry: Duration.days(expiry),
  }),
});
const expiring = (days: number): Partial<ScopedKeyProps> => ({
  lifetime: Lifetime.expiring({ after: Duration.days(days) }),
});

const project = (models: readonly string[], requestsPerMinute: number, usd: number) => ({
  project: { models, rateLimits: [{ model: "gpt-5.2", requestsPerMinute }], spend: Spend.perMonth(usd) },
});

const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const readAll = (stack: TerraformStack): void => {
  new IamRolePolicy(stack, "wide", {
    role: "build-server",
    policy: document({
      Effect: "Allow",
      Action: "secretsmanager:Get*",
      Resource: "arn:aws:secretsmanager:*:*:secret:ai-keys/*",
    }),
  });
};
const openPolicy = (stack: TerraformStack, key: ScopedKey): void => {
  new SecretsmanagerSecretPolicy(stack, "partner", {
    secretArn: key.secretArn,
    policy: document({
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::999988887777:root" },
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
    }),
  });
};

const EXCEPTED: GuardrailExceptionProps = {
  rule: "readers-named",
  key: "ai-keys/openai/summariser",
  reason: "Its reader is named next week",
  approver: "security@example.com",
  until: "2098-12-31",
};

/** A stack with one key, and guardrails around it. */
const guarded =
  (guardrails: readonly Guardrail[], exception?: Partial<GuardrailExceptionProps>): Declare =>
  (stack) => {
    openai()(stack);
    KeyGuardrails.of(stack).add(...guardrails);
    if (exception === undefined) return;
    KeyGuardrails.of(stack).except({ ...EXCEPTED, ...exception });
  };
const EXPIRY = Guardrail.expiryMaximum(Duration.days(30));
const READERS = Guardrail.readersNamed();

/** Changes as teams make them, each between two stacks that are really synthesised. */
export const CHANGES: Readonly<Record<string, Change>> = {
  nothing: { before: openai(), after: openai() },
  "scope added": { before: openai(), after: openai({ scopes: [MODEL_REQUEST, MODELS_READ, FILES_READ] }) },
  "scope removed": { before: openai(), after: openai({ scopes: [MODEL_REQUEST] }) },
  "scope replaced": { before: openai(), after: openai({ scopes: [MODEL_REQUEST, FILES_READ] }) },
  "models listed": { before: litellm({}), after: litellm({ models: ["gpt-5.2"] }) },
  "models no longer listed": { before: litellm({ models: ["gpt-5.2"] }), after: litellm({}) },
  "model made a pattern": { before: litellm({ models: ["openai/gpt-5"] }), after: litellm({ models: ["openai/*"] }) },
  "pattern made a model": { before: litellm({ models: ["openai/*"] }), after: litellm({ models: ["openai/gpt-5"] }) },
  "endpoint added": {
    before: litellm({ endpoints: ["/v1/chat/completions"] }),
    after: litellm({ endpoints: ["/v1/chat/completions", "/v1/embeddings"] }),
  },
  "rates raised": {
    before: litellm({ limits: { requestsPerMinute: 60, tokensPerMinute: 1_000 } }),
    after: litellm({ limits: { requestsPerMinute: 600, tokensPerMinute: 1_000 } }),
  },
  "rate raised and another lowered": {
    before: litellm({ limits: { requestsPerMinute: 60, tokensPerMinute: 1_000 } }),
    after: litellm({ limits: { requestsPerMinute: 600, tokensPerMinute: 500 } }),
  },
  "limits removed": {
    before: litellm({ limits: { requestsPerMinute: 60, spend: Spend.perDay(5) } }),
    after: litellm({}),
  },
  "spend lowered": {
    before: litellm({ limits: { spend: Spend.perMonth(100) } }),
    after: litellm({ limits: { spend: Spend.perMonth(50) } }),
  },
  "spend a day instead of a month": {
    before: litellm({ limits: { spend: Spend.perMonth(310) } }),
    after: litellm({ limits: { spend: Spend.perDay(10) } }),
  },
  "spend a month instead of a day": {
    before: litellm({ limits: { spend: Spend.perDay(10) } }),
    after: litellm({ limits: { spend: Spend.perMonth(100) } }),
  },
  "network widened": { before: cloudflare(["10.1.0.0/16"]), after: cloudflare(["10.0.0.0/8"]) },
  "network narrowed": { before: cloudflare(["10.0.0.0/8", "2001:db8::/32"]), after: cloudflare(["10.1.0.0/16"]) },
  "network cut in halves": { before: cloudflare(["10.0.0.0/8"]), after: cloudflare(["10.0.0.0/9", "10.128.0.0/9"]) },
  "networks no longer listed": { before: cloudflare(["10.0.0.0/8"]), after: cloudflare() },
  "rotated less often": { before: openai(), after: openai(lifetime(14, 24, 20)) },
  "overlap shortened": { before: openai(), after: openai(lifetime(7, 4, 10)) },
  "overlap and expiry lengthened": { before: openai(), after: openai(lifetime(7, 48, 30)) },
  "no longer rotated": { before: openai(), after: openai(expiring(10)) },
  "rotated from now on": { before: openai(expiring(10)), after: openai() },
  "reader added": { before: readBy(["app"]), after: readBy(["app", "worker"]) },
  "reader removed": { before: readBy(["app", "worker"]), after: readBy(["app"]) },
  "reader by a pattern of a hand-written policy": { before: readBy(["app"]), after: readBy(["app"], readAll) },
  "secret opened to another account": { before: readBy(["app"]), after: readBy(["app"], openPolicy) },
  "KMS key given up": { before: openai({ kmsKeyArn: KMS }), after: openai() },
  "KMS key added": { before: openai(), after: openai({ kmsKeyArn: KMS }) },
  "KMS key replaced": { before: openai({ kmsKeyArn: KMS }), after: openai({ kmsKeyArn: OTHER_KMS }) },
  "replica added": {
    before: openai({ replicas: [{ region: "eu-west-1" }] }),
    after: openai({ replicas: [{ region: "eu-west-1" }, { region: "eu-north-1" }] }),
  },
  "owner, purpose and tags": {
    before: openai({ tags: { team: "search" } }),
    after: openai({ owner: "answers-team@example.com", purpose: "Answers", tags: { team: "answers", tier: "2" } }),
  },
  "key issued": { before: several("a"), after: several("a", "b") },
  "key issued without rotation": {
    before: several("a"),
    after: (stack) => newKey(stack, newIssuer(stack), expiring(30), "b"),
  },
  "key retired": { before: several("a", "b"), after: several("a") },
  "key renamed": { before: openai({}, {}, "summariser"), after: openai({}, {}, "summaries") },
  "key renamed and loosened": {
    before: openai({ keyName: "summariser" }),
    after: openai({ keyName: "summaries", scopes: [MODEL_REQUEST, MODELS_READ, FILES_READ] }),
  },
  "prefix changed": { before: openai(), after: openai({}, { prefix: "production/openai" }) },
  "issuer torn down": {
    before: (stack) => {
      newKey(stack, newIssuer(stack));
      newKey(stack, newIssuer(stack, { projectId: "proj_b" }, "batch"), {}, "nightly");
    },
    after: openai(),
  },
  "construct moved": {
    before: openai(),
    after: (stack) => newKey(stack, newIssuer(stack), { keyName: "summariser" }, "search"),
  },
  "project of the issuer changed": { before: openai(), after: openai({}, { projectId: "proj_other" }) },
  "account policy loosened": {
    before: openai({}, project(["gpt-5.2"], 100, 50)),
    after: openai({}, project(["gpt-5.2", "gpt-4.1"], 500, 50)),
  },
  "account policy declared": { before: openai(), after: openai({}, project(["gpt-5.2"], 100, 50)) },
  "account policy ended": { before: openai({}, project(["gpt-5.2"], 100, 50)), after: openai() },
  "drift no longer looked for": { before: openai(), after: openai({}, { drift: DriftDetection.off() }) },
  "alarms tell somebody, logs for longer, sweep more often": {
    before: openai(),
    after: openai({}, { alertTopicArn: TOPIC, logs: { retentionDays: 365 }, sweepEvery: Duration.minutes(30) }),
  },
  "another admin key": {
    before: openai(),
    after: openai({}, { adminKey: AdminKey.fromSecretName("ai/admin/openai-2") }),
  },
  "guardrails added": { before: openai(), after: guarded([EXPIRY]) },
  "guardrail removed": { before: guarded([EXPIRY, READERS], {}), after: guarded([EXPIRY]) },
  "guardrail made a warning": { before: guarded([EXPIRY]), after: guarded([EXPIRY.withSeverity(Severity.WARNING)]) },
  "guardrail with another maximum": {
    before: guarded([EXPIRY]),
    after: guarded([Guardrail.expiryMaximum(Duration.days(60))]),
  },
  "exception granted": {
    before: guarded([READERS.withSeverity(Severity.WARNING)]),
    after: guarded([READERS.withSeverity(Severity.WARNING)], {}),
  },
  "exception prolonged": {
    before: guarded([READERS], {}),
    after: guarded([READERS], { until: "2099-12-31", reason: "The reader is somebody else's" }),
  },
  "exception for the whole app": {
    before: guarded([READERS], {}),
    after: (stack) => {
      guarded([READERS])(stack);
      KeyGuardrails.of(stack.node.root).except(EXCEPTED);
    },
  },
  "environment taken away": {
    before: (stack) => {
      guarded([EXPIRY])(stack);
      KeyGuardrails.of(stack).inEnvironment("production");
    },
    after: guarded([EXPIRY]),
  },
  "stack with guardrails": { before: () => {}, after: guarded([EXPIRY, READERS], {}) },
  "issuer added": {
    before: several("a"),
    after: (stack) => {
      several("a")(stack);
      litellm({ models: ["gpt-5.2"] })(stack);
    },
  },
  "one of each": {
    before: several("kept", "retired"),
    after: (stack) => {
      const issuer = newIssuer(stack);
      newKey(stack, issuer, { purpose: "Work of kept", scopes: [MODEL_REQUEST, MODELS_READ, FILES_READ] }, "kept");
      newKey(stack, issuer, { purpose: "Work of new" }, "new");
    },
  },
};
