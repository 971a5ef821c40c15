import type { Limits } from "../../model/grant";
import type { VendorDescriptor } from "../../model/vendor-descriptor";
import type { Printable } from "../../output/printable";
import { comment, quoted, typescript } from "../../output/typescript";
import { type Declarations, type DeclaredIssuer, type DeclaredKey, OWNER_PLACEHOLDER } from "./declarations";

/**
 * Classes of the constructs, of which `src` knows nothing but their names; a test holds them to
 * what is exported.
 */
export const CLASSES: Readonly<
  Record<string, { readonly issuer: string; readonly scope?: string; readonly lists?: readonly string[] }>
> = {
  anthropic: { issuer: "AnthropicIssuer" },
  "azure-openai": { issuer: "AzureOpenAiIssuer" },
  bedrock: { issuer: "BedrockIssuer", lists: ["regions"] },
  cloudflare: { issuer: "CloudflareIssuer", scope: "CloudflareScope" },
  cohere: { issuer: "CohereIssuer" },
  elevenlabs: { issuer: "ElevenLabsIssuer", scope: "ElevenLabsScope" },
  fireworks: { issuer: "FireworksIssuer" },
  gemini: { issuer: "GeminiIssuer" },
  groq: { issuer: "GroqIssuer" },
  huggingface: { issuer: "HuggingFaceIssuer" },
  litellm: { issuer: "LiteLlmIssuer" },
  mistral: { issuer: "MistralIssuer" },
  openai: { issuer: "OpenAiIssuer", scope: "OpenAiScope" },
  openrouter: { issuer: "OpenRouterIssuer" },
  pinecone: { issuer: "PineconeIssuer", scope: "PineconeScope" },
  portkey: { issuer: "PortkeyIssuer", scope: "PortkeyScope" },
  together: { issuer: "TogetherIssuer" },
  xai: { issuer: "XAiIssuer" },
};

const SPENDS = { day: "perDay", week: "perWeek", month: "perMonth", lifetime: "lifetime" } as const;

/**
 * A module with a function that declares everything. Refused by synthesis until owners, and scopes
 * that nobody shows, are filled in.
 */
export function typescriptOf(declarations: Declarations, now: string): Printable<"code"> {
  const { vendor, issuers } = declarations;
  const body = issuers.flatMap((issuer, at) =>
    issuerLines(declarations, issuer, issuers.length === 1 ? "issuer" : `issuer${at + 1}`),
  );
  if (body.at(-1) === "") body.pop();
  const used = new Set([...body.join("\n").matchAll(/(?<![.\w"])([A-Z]\w+)(?=[.(])/g)].map(([, name]) => name));
  const names = [
    "AdminKey",
    "Duration",
    "Lifetime",
    CLASSES[vendor.id]?.issuer,
    CLASSES[vendor.id]?.scope,
    "ScopedKey",
    "Spend",
  ]
    .filter((name) => name !== undefined && used.has(name))
    .sort();
  return typescript([
    ...heading(declarations, now).map(comment),
    ...(names.length === 0 ? [] : [`import { ${names.join(", ")} } from "cdktf-scoped-keys";`]),
    'import type { Construct } from "constructs";',
    "",
    ...(body.length === 0
      ? ["export function importedKeys(_scope: Construct): void {}"]
      : [
          "export function importedKeys(scope: Construct): void {",
          ...body.map((line) => (line === "" ? "" : `  ${line}`)),
          "}",
        ]),
    "",
  ]);
}

/** Lines of every file, as comments. */
export function heading({ notes }: Declarations, now: string): string[] {
  return [
    `Written by "scoped-keys import" on ${now.slice(0, 10)}. Fill in the owners: synthesis refuses this code until you do.`,
    "Each key gets its own vendor keys. The existing ones live until a person deletes them at the vendor. A vendor key and a",
    "secret may be one and the same credential, which this command cannot see: then leave out one of the two declarations.",
    ...(notes.length === 0 ? [] : ["", "Not declared:", ...notes.map((note) => `- ${note}`)]),
  ];
}

/** The issuers alone, for a program that reads its keys from a file. */
export function issuersOf(declarations: Declarations): string[] {
  return declarations.issuers.flatMap((issuer) => issuerHead(declarations, issuer, ""));
}

function issuerLines(declarations: Declarations, issuer: DeclaredIssuer, variable: string): string[] {
  return [
    ...issuerHead(declarations, issuer, `const ${variable} = `),
    ...issuer.keys.flatMap((key) => ["", ...keyLines(declarations.vendor, key, variable)]),
    "",
  ];
}

function issuerHead({ vendor, adminSecret, settings }: Declarations, issuer: DeclaredIssuer, start: string): string[] {
  const { issuer: name = "", lists = [] } = CLASSES[vendor.id] ?? {};
  const adminKey = adminSecret === undefined ? "FILL IN: name of the secret with the admin key" : adminSecret;
  const from = adminKey.startsWith("arn:") ? "fromSecretArn" : "fromSecretName";
  return [
    `${start}new ${name}(scope, ${quoted(issuer.id)}, {`,
    ...(vendor.adminKey === "none" ? [] : [`  adminKey: AdminKey.${from}(${quoted(adminKey)}),`]),
    ...(issuer.prefix === undefined ? [] : [`  prefix: ${quoted(issuer.prefix)},`]),
    ...Object.entries(settings).map(([setting, value]) => {
      const written = lists.includes(setting)
        ? `[${value
            .split(",")
            .map((item) => quoted(item.trim()))
            .join(", ")}]`
        : quoted(value);
      return `  ${setting}: ${written},`;
    }),
    "});",
  ];
}

function keyLines(vendor: VendorDescriptor, key: DeclaredKey, issuer: string): string[] {
  const { scopes, models, endpoints, networks, limits } = key.grant;
  const list = (name: string, items: readonly string[] | undefined) =>
    items === undefined ? [] : [`  ${name}: [${items.map(quoted).join(", ")}],`];
  const optional = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`  ${name}: ${quoted(value)},`];
  return [
    ...key.comments.map(comment),
    ...(scopes?.length === 0 ? [`// Scopes are ${CLASSES[vendor.id]?.scope}.of("…").`] : []),
    `new ScopedKey(scope, ${quoted(key.id)}, {`,
    issuer === "issuer" ? "  issuer," : `  issuer: ${issuer},`,
    ...optional("keyName", key.keyName),
    ...optional("existingSecretArn", key.existingSecretArn),
    `  owner: ${quoted(OWNER_PLACEHOLDER)},`,
    `  purpose: ${quoted(key.purpose)},`,
    ...(scopes === undefined ? [] : [`  scopes: [${scopes.map((scope) => scopeCall(vendor, scope)).join(", ")}],`]),
    ...list("models", models),
    ...list("endpoints", endpoints),
    ...(limits === undefined ? [] : [`  limits: { ${limitWords(limits)} },`]),
    ...list("networks", networks),
    `  lifetime: Lifetime.rotating({ ${Object.entries(key.lifetime)
      .map(([name, words]) => `${name}: ${durationCall(words)}`)
      .join(", ")} }),`,
    ...optional("kmsKeyArn", key.kmsKeyArn),
    ...(key.tags === undefined
      ? []
      : [
          `  tags: { ${Object.entries(key.tags)
            .map(([name, value]) => `${quoted(name)}: ${quoted(value)}`)
            .join(", ")} },`,
        ]),
    "});",
  ];
}

function scopeCall(vendor: VendorDescriptor, scope: string): string {
  const how = Object.hasOwn(vendor.scopes, scope) ? "of" : "custom";
  return `${CLASSES[vendor.id]?.scope}.${how}(${quoted(scope)})`;
}

function limitWords({ spend, ...amounts }: Limits): string {
  return [
    ...Object.entries(amounts).map(([name, amount]) => `${name}: ${amount}`),
    ...(spend === undefined ? [] : [`spend: Spend.${SPENDS[spend.per]}(${spend.usd})`]),
  ].join(", ");
}

/** @param words "7 days" */
function durationCall(words: string): string {
  const [amount, unit] = words.split(" ");
  return `Duration.${unit}(${amount})`;
}
