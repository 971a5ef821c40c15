/**
 * What people are told of each guardrail, as plain data: synthesis, the command line and
 * `docs/rules` say the same of it.
 *
 * Mappings name a control only where the rule does, for AI keys, what the control asks for; that a
 * rule keeps a part of a control is no claim that it keeps all of it. OWASP: Top 10 for LLM
 * Applications 2025. CIS: Amazon Web Services Foundations Benchmark 3.0.0; its other controls are
 * about access keys of IAM users, the root user and services that keys of vendors have no part in.
 * SOC 2: AICPA Trust Services Criteria 2017 (points of focus of 2022).
 */

/**
 * Output of each stack with guarded keys: the guardrails that hold for them, and the exceptions.
 */
export const GUARDRAILS_OUTPUT = "scoped_keys_guardrails";

/** Most severe first. `error` fails the synthesis; the others are notes on it. */
export const GUARDRAIL_SEVERITIES = ["error", "warning", "info"] as const;
export type GuardrailSeverity = (typeof GUARDRAIL_SEVERITIES)[number];

export type Framework = "OWASP LLM" | "CIS AWS" | "SOC 2";

export interface ControlMapping {
  readonly framework: Framework;
  /** `LLM10:2025`, `1.18`, `CC6.1` */
  readonly control: string;
  /** What of the control the rule keeps. */
  readonly keeps: string;
}

export interface GuardrailRuleFacts {
  readonly title: string;
  /** Of what it is a rule: each key, each issuer, or each exception to the other rules. */
  readonly of: "key" | "issuer" | "exception";
  /** Unless the declaration says another. */
  readonly severity: GuardrailSeverity;
  /** One or two sentences. */
  readonly why: string;
  /** What to change where the rule is broken. */
  readonly remedy: string;
  /** How it is declared, in TypeScript; absent where it always holds. */
  readonly declaration?: string;
  readonly mappings: readonly ControlMapping[];
}

const LEAST_PRIVILEGE: ControlMapping = {
  framework: "SOC 2",
  control: "CC6.3",
  keeps: "access follows least privilege and need",
};
const CREDENTIALS: ControlMapping = {
  framework: "SOC 2",
  control: "CC6.1",
  keeps: "credentials of software are managed, protected and removed in time",
};
const CONSUMPTION: ControlMapping = {
  framework: "OWASP LLM",
  control: "LLM10:2025",
  keeps: "one caller can consume only a bounded amount",
};
const SUPPLY_CHAIN: ControlMapping = {
  framework: "OWASP LLM",
  control: "LLM03:2025",
  keeps: "models and their suppliers are vetted before they are used",
};
const SEPARATION: ControlMapping = {
  framework: "SOC 2",
  control: "CC6.1",
  keeps: "access to production is separate from access to other environments",
};

/** In the order in which they are listed everywhere. */
export const GUARDRAIL_RULES = {
  "owner-matches": {
    title: "The owner is one of ours",
    of: "key",
    severity: "error",
    why: "Somebody who finds a key in a log or on a bill has to reach the responsible team. A private address, or the address of a company that no longer works for you, reaches nobody.",
    remedy: "set `owner` to the address of a team that the pattern allows",
    declaration: 'Guardrail.ownerMatches("[a-z-]+@example[.]com")',
    mappings: [],
  },
  "expiry-maximum": {
    title: "Vendor keys expire",
    of: "key",
    severity: "error",
    why: "The expiry ends a leaked key even if everything else fails: rotation, the sweep, and people who notice.",
    remedy:
      "shorten `expiry` in the key's `lifetime`, and `every` if needed; for a key that does not rotate, shorten `after`",
    declaration: "Guardrail.expiryMaximum(Duration.days(90))",
    mappings: [CREDENTIALS],
  },
  "rotation-maximum": {
    title: "No value stays in use for long",
    of: "key",
    severity: "error",
    why: "A value that leaked unnoticed works until a rotation replaces it. A rotation that happens often also works on the day when you need it.",
    remedy:
      "shorten `every` in the key's `lifetime`; a key that does not rotate is in use until its expiry, so shorten `after` or let it rotate",
    declaration: "Guardrail.rotationMaximum(Duration.days(30))",
    mappings: [CREDENTIALS],
  },
  "overlap-bounds": {
    title: "Superseded values end soon, but not too soon",
    of: "key",
    severity: "error",
    why: "During the overlap two values work. A long overlap keeps the old value alive that the rotation should end. A short overlap ends it before programs have read its successor.",
    remedy: "change `overlap` in the key's `lifetime`",
    declaration: "Guardrail.overlapBounds({ min: Duration.minutes(10), max: Duration.days(2) })",
    mappings: [CREDENTIALS],
  },
  "no-wildcard-scopes": {
    title: "No scope allows more than one permission",
    of: "key",
    severity: "error",
    why: "A wildcard also allows whatever the vendor adds tomorrow, without a review and without a change of the code.",
    remedy: "list in `scopes` the permissions that the program needs",
    declaration: "Guardrail.noWildcardScopes()",
    mappings: [LEAST_PRIVILEGE],
  },
  "no-admin-scopes": {
    title: "No key manages keys, members or the account",
    of: "key",
    severity: "error",
    why: "A key that may create keys or invite members outlives its own end. A thief can use it to create the next key, which no declaration here controls.",
    remedy: "remove the scope from `scopes`; only the issuer's admin key should manage the account",
    declaration: "Guardrail.noAdminScopes()",
    mappings: [LEAST_PRIVILEGE],
  },
  "scopes-allowed": {
    title: "Only allowed scopes",
    of: "key",
    severity: "error",
    why: "A team agreed once on what keys of this environment may do. Another scope is a new decision, and should look like one.",
    remedy: "remove the scope from the key's `scopes`, or have it added to the guardrail's list",
    declaration: 'Guardrail.scopesAllowed({ openai: ["api.model.request", "api.model.read"], bedrock: ["*"] })',
    mappings: [LEAST_PRIVILEGE],
  },
  "models-allowed": {
    title: "Only allowed models",
    of: "key",
    severity: "error",
    why: "Models differ in price, in where data goes, and in which data is approved for them. A key without a list allows all of them, including the vendor's newest.",
    remedy:
      "list only allowed models in `models` of the key, or of the issuer if the vendor enforces models per project",
    declaration: 'Guardrail.modelsAllowed({ openrouter: ["openai/gpt-5.2", "mistralai/*"], pinecone: ["*"] })',
    mappings: [SUPPLY_CHAIN],
  },
  "spend-limit-required": {
    title: "Spend is limited",
    of: "key",
    severity: "error",
    why: "A loop in a program, or a stolen key, spends money until somebody reads the bill. The vendor's limit stops it in the same minute.",
    remedy: "set `limits.spend` of the key; if the vendor enforces spend per project, declare it on the issuer",
    declaration: "Guardrail.spendLimitRequired()",
    mappings: [CONSUMPTION],
  },
  "rate-limit-required": {
    title: "Requests, tokens or characters are limited",
    of: "key",
    severity: "error",
    why: "One program that runs wild uses up the quota of the whole account. A rate limit of its own stops only that program.",
    remedy:
      "set `limits.requestsPerMinute`, `limits.tokensPerMinute` or `limits.charactersPerMonth` of the key; if the vendor enforces rates per project, declare them on the issuer",
    declaration: "Guardrail.rateLimitRequired()",
    mappings: [CONSUMPTION],
  },
  "readers-named": {
    title: "The code names who reads the key",
    of: "key",
    severity: "error",
    why: "If no role is granted the key, either its reader has rights from elsewhere, or nobody reads it. A review shows neither.",
    remedy: "grant the key with `key.grants.read(role)`, or remove it",
    declaration: "Guardrail.readersNamed()",
    mappings: [LEAST_PRIVILEGE],
  },
  "declared-readers-only": {
    title: "Only declared readers read the key",
    of: "key",
    severity: "error",
    why: "A permission on all secrets, somewhere in the account, also reads this key, and no review of this code shows it. The secret's own policy can deny what IAM allows.",
    remedy:
      "set `readers: Readers.declaredOnly()` on the key or its issuer, and name in it the roles that get the key elsewhere",
    declaration: "Guardrail.declaredReadersOnly()",
    mappings: [LEAST_PRIVILEGE],
  },
  "no-foreign-readers": {
    title: "No public reader, and no reader from another account",
    of: "key",
    severity: "error",
    why: "If anybody or another account may assume a role, they read the key through that role, and no log in this account shows what they do with it.",
    remedy:
      "narrow the trust policy of the role, or the policy that replaces the secret's own; or have the account added to the guardrail's list",
    declaration: 'Guardrail.noForeignReaders("111122223333")',
    mappings: [{ framework: "SOC 2", control: "CC6.6", keeps: "access from outside the system's boundary is closed" }],
  },
  "kms-key-required": {
    title: "The secret has a KMS key of its own",
    of: "key",
    severity: "error",
    why: "With the account's default key for Secrets Manager, everybody who may read the secret may decrypt it. A KMS key of your own is a second lock, with its own policy and log.",
    remedy: "set `kmsKeyArn` of the key, and of each of its `replicas`",
    declaration: "Guardrail.kmsKeyRequired()",
    mappings: [
      { framework: "SOC 2", control: "CC6.1", keeps: "data at rest is encrypted, and its keys are protected" },
    ],
  },
  "replicas-allowed": {
    title: "Replicas only in allowed regions",
    of: "key",
    severity: "error",
    why: "In each replica the value can be read in one more place, perhaps under other laws and by other people.",
    remedy: "remove the region from the key's `replicas`, or have it added to the guardrail's list",
    declaration: 'Guardrail.replicasAllowed("eu-west-1", "eu-central-1")',
    mappings: [{ framework: "SOC 2", control: "CC6.7", keeps: "where confidential data may be moved is restricted" }],
  },
  "keyless-preferred": {
    title: "No key where none is needed",
    of: "key",
    severity: "info",
    why: "A key that does not exist cannot leak. If the vendor accepts an identity that the program already has, a key is only one more thing to protect.",
    remedy: "let the program use its own identity, and keep the key for programs that have none",
    declaration: "Guardrail.keylessPreferred()",
    mappings: [
      {
        framework: "CIS AWS",
        control: "1.18",
        keeps: "programs on instances reach AWS through their role (keys of Amazon Bedrock)",
      },
    ],
  },
  "no-shared-keys": {
    title: "No key is shared between environments",
    of: "key",
    severity: "error",
    why: "If development can read a production key, it can use up its quota or leak it. A key is only as safe as the weakest environment that reads it.",
    remedy: "declare a separate key for each environment",
    declaration: "Guardrail.noSharedKeys()",
    mappings: [SEPARATION],
  },
  "vendors-allowed": {
    title: "Only allowed vendors",
    of: "key",
    severity: "error",
    why: "Each vendor receives what programs send it. Contracts and data protection decide which vendors may, before anybody creates a key.",
    remedy: "use an issuer of an allowed vendor, or have the vendor added to the guardrail's list",
    declaration: 'Guardrail.vendorsAllowed("openai", "bedrock")',
    mappings: [
      SUPPLY_CHAIN,
      { framework: "SOC 2", control: "CC9.2", keeps: "vendors are assessed before they are used" },
    ],
  },
  "admin-key-apart": {
    title: "Production has an admin key of its own",
    of: "issuer",
    severity: "error",
    why: "An admin key can create and revoke every key of its account. If another environment shares it, mistakes and leaks there affect production.",
    remedy: "give production an issuer with its own account or project, and so its own admin key",
    declaration: 'Guardrail.adminKeyApart("production")',
    mappings: [SEPARATION],
  },
  "exception-expired": {
    title: "An exception has ended",
    of: "exception",
    severity: "error",
    why: "An exception is temporary. If it stayed in force after its end, it would be a hole that nobody decided on.",
    remedy: "change the key so that it keeps the rule, and remove the exception; or have a new end date approved",
    mappings: [],
  },
  "exception-ending": {
    title: "An exception ends soon",
    of: "exception",
    severity: "warning",
    why: "From the day after its end synthesis fails. People should learn of that earlier.",
    remedy: "change the key before that day, so that it keeps the rule",
    mappings: [],
  },
  "exception-unused": {
    title: "An exception that nothing needs",
    of: "exception",
    severity: "warning",
    why: "It would hide the next mistake. Or it has a typing error, and does not do what it was written for.",
    remedy: "remove it; or correct `rule` and `key`, and declare it in the guardrail's construct scope or a wider one",
    mappings: [],
  },
} as const satisfies Readonly<Record<string, GuardrailRuleFacts>>;

export type GuardrailRuleId = keyof typeof GUARDRAIL_RULES;

export const GUARDRAIL_RULE_IDS = Object.keys(GUARDRAIL_RULES) as GuardrailRuleId[];

/** Of the library's own rules; undefined for ids of custom ones. */
export function guardrailRule(id: string): GuardrailRuleFacts | undefined {
  return Object.hasOwn(GUARDRAIL_RULES, id) ? GUARDRAIL_RULES[id as GuardrailRuleId] : undefined;
}

/** Page of a rule in the package. */
export function guardrailPage(id: string): string {
  return `docs/rules/${id}.md`;
}

/**
 * What each pack declares; the packs themselves are in `constructs/`, and a test holds the two
 * together.
 */
export const GUARDRAIL_PACKS = {
  recommended: {
    "expiry-maximum": "error: at most 180 days",
    "rotation-maximum": "error: at most 90 days",
    "overlap-bounds": "warning: at most 7 days",
    "no-wildcard-scopes": "error",
    "no-admin-scopes": "error",
    "spend-limit-required": "warning",
    "rate-limit-required": "warning",
    "readers-named": "warning",
    "no-foreign-readers": "error",
    "keyless-preferred": "info",
    "no-shared-keys": "error",
    "admin-key-apart": "error: production",
  },
  strict: {
    "expiry-maximum": "error: at most 45 days",
    "rotation-maximum": "error: at most 30 days",
    "overlap-bounds": "error: 10 minutes to 2 days",
    "no-wildcard-scopes": "error",
    "no-admin-scopes": "error",
    "spend-limit-required": "error",
    "rate-limit-required": "error",
    "readers-named": "error",
    "declared-readers-only": "error",
    "no-foreign-readers": "error",
    "kms-key-required": "error",
    "replicas-allowed": "error: none",
    "keyless-preferred": "warning",
    "no-shared-keys": "error",
    "admin-key-apart": "error: production",
  },
} as const;
