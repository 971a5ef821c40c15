import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { TerraformVariable, Testing } from "cdktf";
import { Construct } from "constructs";
import {
  AdminKey,
  AnthropicIssuer,
  AzureOpenAiIssuer,
  BedrockIssuer,
  CloudflareIssuer,
  CloudflareScope,
  CohereIssuer,
  CustomAdapter,
  CustomIssuer,
  Duration,
  ElevenLabsIssuer,
  FireworksIssuer,
  GeminiIssuer,
  GroqIssuer,
  Guardrail,
  HuggingFaceIssuer,
  KeyGuardrails,
  LiteLlmIssuer,
  MistralIssuer,
  OpenAiIssuer,
  OpenAiScope,
  OpenRouterIssuer,
  PineconeIssuer,
  PortkeyIssuer,
  ScopedKey,
  ScopedKeyError,
  type ScopedKeyProps,
  ScopedKeys,
  TogetherIssuer,
  XAiIssuer,
} from "../../constructs";
import { stackOf } from "../../constructs/terraform";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { AdapterFiles, adapterSource } from "../custom/support";
import { valuesOf } from "../support/vendor-values";
import { newIssuer, newKey, newStack } from "./support";

/** Declares something with the value in one place. */
type Declare = (stack: Construct, value: string) => unknown;

const files = mkdtempSync(join(tmpdir(), "keys-file-"));
const adapters = new AdapterFiles();
afterAll(() => {
  rmSync(files, { recursive: true });
  adapters.remove();
});

const adminKey = AdminKey.fromSecretName("ai/admin/vendor");
const UUID = "0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b";

/** Each setting of each issuer, one by one. */
const settings: Readonly<Record<string, Declare>> = {
  "OpenAiIssuer.projectId": (s, projectId) => new OpenAiIssuer(s, "i", { adminKey, projectId }),
  "OpenAiIssuer.baseUrl": (s, baseUrl) => new OpenAiIssuer(s, "i", { adminKey, projectId: "proj_a", baseUrl }),
  "OpenAiIssuer.project.models": (s, model) =>
    new OpenAiIssuer(s, "i", { adminKey, projectId: "proj_a", project: { models: [model] } }),
  "OpenAiIssuer.project.rateLimits": (s, model) =>
    new OpenAiIssuer(s, "i", {
      adminKey,
      projectId: "proj_a",
      project: { rateLimits: [{ model, requestsPerMinute: 1 }] },
    }),
  "AnthropicIssuer.workspaceId": (s, workspaceId) => new AnthropicIssuer(s, "i", { adminKey, workspaceId }),
  "AnthropicIssuer.workspace.rateLimits": (s, group) =>
    new AnthropicIssuer(s, "i", {
      adminKey,
      workspaceId: "wrkspc_1",
      workspace: { rateLimits: [{ group, requestsPerMinute: 1 }] },
    }),
  "AzureOpenAiIssuer.tenantId": (s, v) => azure(s, { tenantId: v }),
  "AzureOpenAiIssuer.subscriptionId": (s, v) => azure(s, { subscriptionId: v }),
  "AzureOpenAiIssuer.resourceGroup": (s, v) => azure(s, { resourceGroup: v }),
  "AzureOpenAiIssuer.accountName": (s, v) => azure(s, { accountName: v }),
  "AzureOpenAiIssuer.endpoint": (s, v) => azure(s, { endpoint: v }),
  "BedrockIssuer.regions": (s, region) => new BedrockIssuer(s, "i", { regions: [region] }),
  "CloudflareIssuer.accountId": (s, accountId) => new CloudflareIssuer(s, "i", { adminKey, accountId }),
  "CohereIssuer.prefix": (s, prefix) => new CohereIssuer(s, "i", { prefix }),
  "ElevenLabsIssuer.serviceAccountUserId": (s, serviceAccountUserId) =>
    new ElevenLabsIssuer(s, "i", { adminKey, serviceAccountUserId }),
  "ElevenLabsIssuer.baseUrl": (s, baseUrl) =>
    new ElevenLabsIssuer(s, "i", { adminKey, serviceAccountUserId: "user1", baseUrl }),
  "FireworksIssuer.accountId": (s, accountId) => new FireworksIssuer(s, "i", { adminKey, accountId, userId: "u" }),
  "FireworksIssuer.userId": (s, userId) => new FireworksIssuer(s, "i", { adminKey, accountId: "a", userId }),
  "GeminiIssuer.projectId": (s, projectId) => new GeminiIssuer(s, "i", { adminKey, projectId }),
  "GeminiIssuer.serviceAccountEmail": (s, serviceAccountEmail) =>
    new GeminiIssuer(s, "i", { adminKey, projectId: "project-1", serviceAccountEmail }),
  "GroqIssuer.tags": (s, tag) => new GroqIssuer(s, "i", { tags: { note: tag } }),
  "HuggingFaceIssuer.tags, a name": (s, tag) => new HuggingFaceIssuer(s, "i", { tags: { [tag]: "note" } }),
  "LiteLlmIssuer.baseUrl": (s, v) => new LiteLlmIssuer(s, "i", { adminKey, baseUrl: `https://${v}@llm.example.com` }),
  "MistralIssuer.workspaceId": (s, workspaceId) => new MistralIssuer(s, "i", { adminKey, workspaceId, userId: UUID }),
  "MistralIssuer.userId": (s, userId) => new MistralIssuer(s, "i", { adminKey, workspaceId: UUID, userId }),
  "OpenRouterIssuer.workspaceId": (s, workspaceId) => new OpenRouterIssuer(s, "i", { adminKey, workspaceId }),
  "PineconeIssuer.projectId": (s, projectId) => new PineconeIssuer(s, "i", { adminKey, projectId }),
  "PortkeyIssuer.workspaceId": (s, workspaceId) => new PortkeyIssuer(s, "i", { adminKey, workspaceId }),
  "TogetherIssuer.id": (s, id) => new TogetherIssuer(s, id, {}),
  "XAiIssuer.teamId": (s, teamId) => new XAiIssuer(s, "i", { adminKey, teamId }),
  "CustomIssuer.settings": (s, value) =>
    new CustomIssuer(s, "i", { adapter: adapter(), adminKey, settings: { team: value } }),
  "CustomIssuer.settings, a name": (s, value) =>
    new CustomIssuer(s, "i", { adapter: adapter(), adminKey, settings: { [value]: "team" } }),
  "CustomIssuer.id": (s, id) => new CustomIssuer(s, id, { adapter: adapter(), adminKey }),
  "CustomIssuer.adapter": (s, path) => new CustomIssuer(s, "i", { adapter: CustomAdapter.fromFile(path), adminKey }),
};

const ofIssuers: Readonly<Record<string, Declare>> = {
  "the issuer's id": (s, id) => newIssuer(s, {}, id),
  prefix: (s, prefix) => newIssuer(s, { prefix }),
  "a part of the prefix": (s, value) => newIssuer(s, { prefix: `ai-keys/${value}` }),
  "the admin key's secret name": (s, value) => newIssuer(s, { adminKey: AdminKey.fromSecretName(value) }),
  "a part of the admin key's secret name": (s, value) =>
    newIssuer(s, { adminKey: AdminKey.fromSecretName(`ai/admin/${value}`) }),
  "the admin key's ARN": (s, value) => newIssuer(s, { adminKey: AdminKey.fromSecretArn(value) }),
  "a part of the admin key's ARN": (s, value) =>
    newIssuer(s, {
      adminKey: AdminKey.fromSecretArn(`arn:aws:secretsmanager:us-east-1:111122223333:secret:${value}-AbCdEf`),
    }),
  "the admin key's KMS key": (s, kmsKeyArn) =>
    newIssuer(s, { adminKey: AdminKey.fromSecretName("admin", { kmsKeyArn }) }),
  "the observer's admin key": (s, value) => newIssuer(s, { observerAdminKey: AdminKey.fromSecretName(value) }),
  "a subnet": (s, value) => newIssuer(s, { network: { subnetIds: [value], securityGroupIds: ["sg-1"] } }),
  "a security group": (s, value) => newIssuer(s, { network: { subnetIds: ["subnet-1"], securityGroupIds: [value] } }),
  "the logs' KMS key": (s, kmsKeyArn) => newIssuer(s, { logs: { kmsKeyArn } }),
  "the alerts' topic": (s, alertTopicArn) => newIssuer(s, { alertTopicArn }),
  "an issuer's tag": (s, value) => newIssuer(s, { tags: { note: value } }),
  "the name of an issuer's tag": (s, value) => newIssuer(s, { tags: { [value]: "note" } }),
};

/**
 * One for all that is refused of keys: rendering an issuer for each would be most of the test's
 * time.
 */
const shared = newIssuer(newStack());

const key =
  (props: (value: string) => Partial<ScopedKeyProps>): Declare =>
  (_, value) =>
    newKey(place(), shared, props(value));

let places = 0;
/** Where nothing is declared yet. */
function place(): Construct {
  places += 1;
  return new Construct(stackOf(shared), `place-${places}`);
}

const ofKeys: Readonly<Record<string, Declare>> = {
  "the key's id": (_, id) => newKey(place(), shared, {}, id),
  keyName: key((keyName) => ({ keyName })),
  owner: key((owner) => ({ owner })),
  "an owner's address": key((value) => ({ owner: `${value}@example.com` })),
  purpose: key((purpose) => ({ purpose })),
  "a part of the purpose": key((value) => ({ purpose: `Replaces ${value}, which leaked.` })),
  "a scope": key((value) => ({ scopes: [OpenAiScope.of(value)] })),
  "a scope of one's own": key((value) => ({ scopes: [OpenAiScope.custom(value)] })),
  "a scope of another vendor": key((value) => ({ scopes: [CloudflareScope.custom(value)] })),
  "a model": key((value) => ({ models: [value] })),
  "an endpoint": key((value) => ({ endpoints: [value] })),
  "a network": key((value) => ({ networks: [value] })),
  existingSecretArn: key((existingSecretArn) => ({ existingSecretArn })),
  kmsKeyArn: key((kmsKeyArn) => ({ kmsKeyArn })),
  "a replica's region": key((region) => ({ replicas: [{ region }] })),
  "a replica's KMS key": key((kmsKeyArn) => ({ replicas: [{ region: "eu-west-1", kmsKeyArn }] })),
  "a tag": key((value) => ({ tags: { note: value } })),
  "the name of a tag": key((value) => ({ tags: { [value]: "note" } })),
  "a role that reads": (s, name) =>
    ScopedKey.fromAttributes(s, "k", { secretArn: ARN, secretName: "a/b" }).grants.read({ roleName: name }),
  "the id of a key of elsewhere": (s, id) => ScopedKey.fromAttributes(s, id, { secretArn: ARN, secretName: "a/b" }),
  "the ARN of a key of elsewhere": (s, secretArn) => ScopedKey.fromAttributes(s, "k", { secretArn, secretName: "a/b" }),
  "the name of a key of elsewhere": (s, secretName) => ScopedKey.fromAttributes(s, "k", { secretArn: ARN, secretName }),
  "the KMS key of a key of elsewhere": (s, kmsKeyArn) =>
    ScopedKey.fromAttributes(s, "k", { secretArn: ARN, secretName: "a/b", kmsKeyArn }),
};

const EXCEPTION = {
  rule: "spend-limit-required",
  key: "ai-keys/openai/summariser",
  reason: "The vendor has no such limit.",
  approver: "security@example.com",
  until: "2027-03-31",
};

const ofGuardrails: Readonly<Record<string, Declare>> = {
  ...Object.fromEntries(
    Object.keys(EXCEPTION).map((field): [string, Declare] => [
      `an exception's ${field}`,
      (s, value) => KeyGuardrails.of(s).except({ ...EXCEPTION, [field]: value }),
    ]),
  ),
  "an environment": (s, value) => KeyGuardrails.of(s).inEnvironment(value),
  "the pattern of owners": (s, value) => KeyGuardrails.of(s).add(Guardrail.ownerMatches(value)),
  "an allowed model": (s, value) => KeyGuardrails.of(s).add(Guardrail.modelsAllowed({ openai: [value] })),
  "an allowed vendor": (s, value) => KeyGuardrails.of(s).add(Guardrail.vendorsAllowed(value)),
  "an allowed reader": (s, value) => KeyGuardrails.of(s).add(Guardrail.noForeignReaders(value)),
  "the id of a guardrail": (s, id) => KeyGuardrails.of(s).add(custom({ id })),
  "why a guardrail matters": (s, why) => KeyGuardrails.of(s).add(custom({ why })),
};

const KEYS_FILE = {
  issuer: "openai",
  owner: "search-team@example.com",
  purpose: "Summaries",
  lifetime: { after: "7 days" },
};

const ofFiles: Readonly<Record<string, Declare>> = {
  "a keys file's path": (s, file) => ScopedKeys.fromFile(s, "keys", { file, issuers: { openai: shared } }),
  "an environment that is asked for": (s, environment) => fromFile(s, { keys: {} }, environment),
  "a keys file that is no YAML": (s, value) => fromText(s, `keys: [${value}: ]]`),
  "a comment of a keys file": (s, value) => fromText(s, `# was ${value}\nkeys: {}`),
  "an unknown field of a keys file": (s, value) => fromFile(s, { [value]: {} }),
  "the name of a key in a file": (s, value) => fromFile(s, { keys: { [value]: KEYS_FILE } }),
  ...Object.fromEntries(
    ["issuer", "owner", "purpose", "lifetime", "keyName", "models", "scopes", "tags", "kmsKeyArn"].map(
      (field): [string, Declare] => [
        `${field} in a keys file`,
        (s, value) => fromFile(s, { keys: { a: { ...KEYS_FILE, [field]: value } } }),
      ],
    ),
  ),
};

const ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf";

function azure(scope: Construct, props: Partial<ConstructorParameters<typeof AzureOpenAiIssuer>[2]>) {
  return new AzureOpenAiIssuer(scope, "i", {
    adminKey,
    tenantId: UUID,
    subscriptionId: UUID,
    resourceGroup: "group",
    accountName: "account",
    ...props,
  });
}

function adapter(): CustomAdapter {
  return CustomAdapter.fromFile(adapters.write(adapterSource()));
}

function custom(parts: { readonly id?: string; readonly why?: string }): Guardrail {
  return Guardrail.custom({
    id: "purpose-has-ticket",
    why: "Why.",
    remedy: "Change it.",
    check: () => undefined,
    ...parts,
  });
}

function fromFile(scope: Construct, content: unknown, environment?: string) {
  return fromText(scope, JSON.stringify(content), environment);
}

function fromText(scope: Construct, text: string, environment?: string) {
  const file = join(files, "keys.yaml");
  writeFileSync(file, text);
  const props = { file, issuers: { openai: shared } };
  return ScopedKeys.fromFile(scope, "keys", environment === undefined ? props : { ...props, environment });
}

function refusalOf(declare: Declare, value: string): unknown {
  try {
    declare(newStack(), value);
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Everything that a log, a debugger or a terminal can show of it. */
function everythingOf(error: ScopedKeyError): string {
  return [error.stack, String(error), inspect(error, { depth: 4, showHidden: true }), JSON.stringify(error)].join("\n");
}

/** The shape of such an id is that of keys without a prefix, so nobody can tell these apart. */
const INDISTINGUISHABLE = new Set(["portkey in ElevenLabsIssuer.serviceAccountUserId"]);

describe.each(vendorDescriptors.map(({ id }) => id))(
  "a value of a key of %s is refused, and not shown, as",
  (vendor) => {
    const [given = ""] = valuesOf(vendor, 1);
    const places = Object.entries({ ...settings, ...ofIssuers, ...ofKeys, ...ofGuardrails, ...ofFiles }).filter(
      ([place]) => !INDISTINGUISHABLE.has(`${vendor} in ${place}`),
    );

    test.each(places)("%s", (_, declare) => {
      const error = refusalOf(declare, given);
      expect(error).toBeInstanceOf(ScopedKeyError);
      const refused = error as ScopedKeyError;
      expect(refused.code).toBe("SK160");
      expect(everythingOf(refused)).not.toContain(given.slice(0, 12));
      expect(everythingOf(refused)).not.toContain(given.slice(-12));
    });
  },
);

describe("what only looks like a value is taken", () => {
  test("in names, ids, tags and sentences", () => {
    // GIVEN
    const stack = newStack();

    // WHEN
    const issuer = newIssuer(stack, {
      prefix: "sk-team/openai",
      adminKey: AdminKey.fromSecretName("ai/sk-admin-prod"),
      projectId: "proj_abc123DEF456ghi789JKL012",
      tags: { commit: "3f789d4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e" },
    });
    const declared = newKey(stack, issuer, {
      keyName: "sk-search-team-2024",
      purpose: "Replaces the sk- keys; see xai-team-prod",
    });
    declared.grants.read({ roleName: "prod-SearchServiceExecutionRole9F3C2A1B-1QW2E3R4T5Y6U" });

    // THEN
    expect(Testing.synth(stack, true)).toContain("sk-team/openai/sk-search-team-2024");
  });

  test("where nobody can know it before Terraform does", () => {
    const stack = newStack();
    const projectId = new TerraformVariable(stack, "project", {}).stringValue;
    expect(() => newIssuer(stack, { projectId, sweepEvery: Duration.hours(1) })).not.toThrow();
  });

  test("where ElevenLabs gives such an id to a user", () => {
    const [serviceAccountUserId = ""] = valuesOf("portkey", 1);
    expect(() => new ElevenLabsIssuer(newStack(), "i", { adminKey, serviceAccountUserId })).not.toThrow();
  });
});

test("a value with a character too many, or cut, is refused by the field's own rule, and not shown", () => {
  for (const { id } of vendorDescriptors) {
    const [value = ""] = valuesOf(id, 1);
    for (const given of [`${value.slice(0, 20)} `, `${value}\u0000`]) {
      for (const place of [
        ofIssuers["prefix"],
        ofIssuers["the admin key's secret name"],
        ofKeys["keyName"],
        ofKeys["owner"],
      ]) {
        const error = refusalOf(place ?? (() => undefined), given);
        expect(error).toBeInstanceOf(ScopedKeyError);
        expect(everythingOf(error as ScopedKeyError)).not.toContain(value.slice(0, 20));
      }
    }
  }
});

test("a key of 32 hexadecimal digits is refused where no id belongs", () => {
  const value = "0123456789abcdef0123456789abcdef";
  for (const [place, declare] of [...Object.entries(ofIssuers).slice(0, 6), ...Object.entries(ofKeys).slice(0, 2)]) {
    const error = refusalOf(declare, value);
    expect([place, (error as ScopedKeyError | undefined)?.code]).toEqual([place, "SK160"]);
    expect(everythingOf(error as ScopedKeyError)).not.toContain(value.slice(0, 12));
  }
});
