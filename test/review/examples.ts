import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { TerraformStack } from "cdktf";
import {
  AdminKey,
  type CommonIssuerProps,
  DriftDetection,
  Duration,
  Guardrail,
  KeyGuardrails,
  Lifetime,
  OpenAiIssuer,
  type OpenAiIssuerProps,
  OpenAiScope,
  Readers,
  ScopedKey,
  type ScopedKeyProps,
  Severity,
  Spend,
} from "../../constructs";
import { bundleAdapter } from "../../examples/custom-issuer/bundle";
import { WEEKLY } from "../constructs/support";

const ROOT = join(__dirname, "../..");
export const EXAMPLES = ["quickstart", "every-vendor", "keys-as-data", "custom-issuer"] as const;
export type Example = (typeof EXAMPLES)[number];

/** What the examples take from the environment. */
const SETTINGS = {
  ANTHROPIC_WORKSPACE_ID: "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ",
  AZURE_OPENAI_ACCOUNT_NAME: "example",
  AZURE_OPENAI_RESOURCE_GROUP: "example",
  AZURE_OPENAI_SUBSCRIPTION_ID: "11111111-2222-3333-4444-555555555555",
  AZURE_OPENAI_TENANT_ID: "11111111-2222-3333-4444-666666666666",
  CLOUDFLARE_ACCOUNT_ID: "0123456789abcdef0123456789abcdef",
  ELEVENLABS_SERVICE_ACCOUNT_USER_ID: "abcdefghijklmnop",
  FIREWORKS_ACCOUNT_ID: "example",
  FIREWORKS_USER_ID: "example",
  GEMINI_PROJECT_ID: "example-project",
  LITELLM_BASE_URL: "https://litellm.example.com",
  MISTRAL_USER_ID: "11111111-2222-3333-4444-555555555555",
  MISTRAL_WORKSPACE_ID: "11111111-2222-3333-4444-555555555555",
  OPENAI_PROJECT_ID: "proj_abc",
  PINECONE_PROJECT_ID: "11111111-2222-3333-4444-555555555555",
  PORTKEY_WORKSPACE_ID: "11111111-2222-3333-4444-555555555555",
  XAI_TEAM_ID: "11111111-2222-3333-4444-555555555555",
};

/** Synthesises an example as `cdktf synth` does, with what was built. @returns the folder */
export function synthesisedExample(name: Example): string {
  const outdir = mkdtempSync(join(tmpdir(), `example-${name}-`));
  const adapter = join(ROOT, "examples/custom-issuer/dist/acme.js");
  if (name === "custom-issuer" && !existsSync(adapter)) bundleAdapter(adapter);
  execFileSync(process.execPath, ["--import", "tsx", join(ROOT, "examples", name, "main.ts")], {
    cwd: ROOT,
    env: { ...process.env, ...SETTINGS, CDKTF_OUTDIR: outdir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return outdir;
}

const KMS = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";

/** A new property that is not set here fails to compile. */
const EVERY_ISSUER_PROP: Required<CommonIssuerProps> = {
  prefix: "every/property",
  network: { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] },
  logs: { retentionDays: 365, kmsKeyArn: KMS },
  readers: Readers.declaredOnly({ breakGlass: ["break-glass"] }),
  alertTopicArn: "arn:aws:sns:us-east-1:111122223333:alerts",
  drift: DriftDetection.atPlan(),
  maxExpiry: Duration.days(90),
  adminCallsPerMinute: 6,
  sweepEvery: Duration.minutes(30),
  concurrency: { controller: 12, observer: 2 },
  memoryMebibytes: 512,
  roles: {
    path: "/platform/",
    namePrefix: "platform-",
    permissionsBoundaryArn: "arn:aws:iam::111122223333:policy/boundary",
  },
  tags: { team: "search" },
};

/** A stack with every optional property of issuers and keys. */
export function everyProperty(stack: TerraformStack): void {
  const every: Required<Omit<OpenAiIssuerProps, "observerAdminKey" | "adminKey">> = {
    ...EVERY_ISSUER_PROP,
    projectId: "proj_abc",
    project: {
      models: ["gpt-5.2"],
      rateLimits: [{ model: "gpt-5.2", requestsPerMinute: 100, tokensPerMinute: 1_000 }],
      spend: Spend.perMonth(100),
    },
    baseUrl: "https://eu.api.openai.com/v1",
  };
  const issuer = new OpenAiIssuer(stack, "every", {
    ...every,
    adminKey: AdminKey.fromSecretName("ai/admin/openai", { kmsKeyArn: KMS }),
    observerAdminKey: AdminKey.fromSecretArn("arn:aws:secretsmanager:us-east-1:111122223333:secret:ai/reader-AbCdEf"),
  });
  const everyKeyProp: Required<Omit<ScopedKeyProps, "models" | "endpoints" | "limits" | "networks">> = {
    issuer,
    owner: "search-team@example.com",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what Terraform must not take for a template
    purpose: "Summaries of ${search} results",
    scopes: [OpenAiScope.MODEL_REQUEST],
    lifetime: WEEKLY,
    keyName: "complete",
    readers: Readers.declaredOnly({ elsewhere: ["batch"], breakGlass: ["break-glass"] }),
    existingSecretArn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:every/property/complete-AbCdEf",
    kmsKeyArn: KMS,
    replicas: [{ region: "eu-west-1" }, { region: "eu-north-1", kmsKeyArn: KMS.replace("us-east-1", "eu-north-1") }],
    tags: { team: "search" },
  };
  const key = new ScopedKey(stack, "complete-key", everyKeyProp);
  const reader = new IamRole(stack, "reader", { name: "reader", assumeRolePolicy: "{}" });
  key.grants.read(reader);
  issuer.grants.operate(reader);
  issuer.grants.plan(reader);
  new ScopedKey(stack, "ending", {
    ...everyKeyProp,
    keyName: "ending",
    lifetime: ENDING,
    existingSecretArn: ENDING_ARN,
  });
  new ScopedKey(stack, "daily", { ...base(issuer), lifetime: DAILY });
  KeyGuardrails.of(stack).add(Guardrail.readersNamed().withSeverity(Severity.WARNING));

  const quiet = new OpenAiIssuer(stack, "0-quiet", {
    adminKey: AdminKey.fromSecretName("ai/admin/openai"),
    projectId: "proj_def",
    readers: Readers.declaredOnly({ breakGlass: ["break-glass"] }),
    drift: DriftDetection.off(),
  });
  new ScopedKey(stack, "quiet", base(quiet));
}

const ENDING = Lifetime.expiring({ after: Duration.days(30) });
const ENDING_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:every/property/ending-AbCdEf";
const DAILY = Lifetime.rotating({ every: Duration.days(3), overlap: Duration.hours(1), expiry: Duration.days(9) });

function base(issuer: OpenAiIssuer): ScopedKeyProps {
  return {
    issuer,
    owner: "search-team@example.com",
    purpose: "Work",
    scopes: [OpenAiScope.MODELS_READ],
    lifetime: WEEKLY,
  };
}
