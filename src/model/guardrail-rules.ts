/**
 * What people are told of each guardrail, as plain data: synthesis, the command line and `docs/rules` say the same of it.
 *
 * Mappings name a control only where the rule does, for AI keys, what the control asks for; that a rule keeps a part of a control is no claim that
 * it keeps all of it. OWASP: Top 10 for LLM Applications 2025. CIS: Amazon Web Services Foundations Benchmark 3.0.0; its other controls
 * are about access keys of IAM users, the root user and services that keys of vendors have no part in. SOC 2: AICPA Trust Services Criteria
 * 2017 (points of focus of 2022).
 */

/** Output of each stack with guarded keys: the guardrails that hold for them, and the exceptions. */
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
  keeps: "access is given by least privilege and need",
};
const CREDENTIALS: ControlMapping = {
  framework: "SOC 2",
  control: "CC6.1",
  keeps: "credentials of software are managed, protected and taken away in time",
};
const CONSUMPTION: ControlMapping = {
  framework: "OWASP LLM",
  control: "LLM10:2025",
  keeps: "what one caller can consume is bounded",
};
const SUPPLY_CHAIN: ControlMapping = {
  framework: "OWASP LLM",
  control: "LLM03:2025",
  keeps: "models and their suppliers are vetted before they are used",
};
const SEPARATION: ControlMapping = {
  framework: "SOC 2",
  control: "CC6.1",
  keeps: "access to production is kept apart from that to other environments",
};

/** In the order in which they are listed everywhere. */
export const GUARDRAIL_RULES = {
  "owner-matches": {
    title: "The owner is one of ours",
    of: "key",
    severity: "error",
    why: "Whoever finds a key in a log or on a bill has to reach the team that answers for it. A private address, or one of a company that has left, reaches nobody.",
    remedy: "set `owner` to the address of a team that the pattern allows",
    declaration: 'Guardrail.ownerMatches("[a-z-]+@example[.]com")',
    mappings: [],
  },
  "expiry-maximum": {
    title: "Vendor keys die by themselves",
    of: "key",
    severity: "error",
    why: "The expiry is what ends a leaked key when all else has failed: rotation, the sweep, and people who notice.",
    remedy:
      "shorten `expiry` (of a key that does not rotate: `after`) in the key's `lifetime`, and `every` with it where needed",
    declaration: "Guardrail.expiryMaximum(Duration.days(90))",
    mappings: [CREDENTIALS],
  },
  "rotation-maximum": {
    title: "No value stays in use for long",
    of: "key",
    severity: "error",
    why: "A value that leaked unseen opens the vendor until it is replaced, and a rotation that happens often is one that works on the day it is needed.",
    remedy:
      "shorten `every` in the key's `lifetime`; a key that does not rotate is in use until its expiry, so shorten `after` or let it rotate",
    declaration: "Guardrail.rotationMaximum(Duration.days(30))",
    mappings: [CREDENTIALS],
  },
  "overlap-bounds": {
    title: "Superseded values end in time, and not too soon",
    of: "key",
    severity: "error",
    why: "During the overlap two values open the vendor: a long one keeps alive what a rotation was to end, a short one ends it before programs have read its successor.",
    remedy: "change `overlap` in the key's `lifetime`",
    declaration: "Guardrail.overlapBounds({ min: Duration.minutes(10), max: Duration.days(2) })",
    mappings: [CREDENTIALS],
  },
  "no-wildcard-scopes": {
    title: "No scope opens more than one permission",
    of: "key",
    severity: "error",
    why: "A wildcard also opens what the vendor adds tomorrow, without a review and without a change of the code.",
    remedy: "list in `scopes` the permissions that the program needs",
    declaration: "Guardrail.noWildcardScopes()",
    mappings: [LEAST_PRIVILEGE],
  },
  "no-admin-scopes": {
    title: "No key manages keys, members or the account",
    of: "key",
    severity: "error",
    why: "A key that may make keys or invite members outlives its own end: who has stolen it gives themselves the next one, outside of all that is declared here.",
    remedy: "take the scope out of `scopes`; what manages the account belongs to the issuer's admin key alone",
    declaration: "Guardrail.noAdminScopes()",
    mappings: [LEAST_PRIVILEGE],
  },
  "scopes-allowed": {
    title: "Only scopes that are allowed here",
    of: "key",
    severity: "error",
    why: "What keys of this environment may do was agreed on once. A scope beyond it is a decision of its own, and should look like one.",
    remedy: "take the scope out of the key's `scopes`, or have it added to the list of the guardrail",
    declaration: 'Guardrail.scopesAllowed({ openai: ["api.model.request", "api.model.read"], bedrock: ["*"] })',
    mappings: [LEAST_PRIVILEGE],
  },
  "models-allowed": {
    title: "Only models that are allowed here",
    of: "key",
    severity: "error",
    why: "Models differ in price, in where data goes and in what was approved for it. A key without a list opens all of them, the vendor's newest included.",
    remedy:
      "list in `models` of the key (where the vendor enforces models per project: of the issuer) those that are allowed",
    declaration: 'Guardrail.modelsAllowed({ openrouter: ["openai/gpt-5.2", "mistralai/*"], pinecone: ["*"] })',
    mappings: [SUPPLY_CHAIN],
  },
  "spend-limit-required": {
    title: "Spend is limited",
    of: "key",
    severity: "error",
    why: "A loop in a program, or a stolen key, spends until somebody reads the bill. The vendor's limit stops it in the same minute.",
    remedy:
      "set `limits.spend` of the key, or declare the spend of the project on the issuer where the vendor enforces it there",
    declaration: "Guardrail.spendLimitRequired()",
    mappings: [CONSUMPTION],
  },
  "rate-limit-required": {
    title: "Requests, tokens or characters are limited",
    of: "key",
    severity: "error",
    why: "One program that runs wild uses up the quota that all others of the account live on. A rate of its own stops it alone.",
    remedy:
      "set `limits.requestsPerMinute`, `limits.tokensPerMinute` or `limits.charactersPerMonth` of the key, or declare rates on the issuer where the vendor enforces them there",
    declaration: "Guardrail.rateLimitRequired()",
    mappings: [CONSUMPTION],
  },
  "readers-named": {
    title: "Who reads the key is named in code",
    of: "key",
    severity: "error",
    why: "A key that no role is granted is read by something whose rights came from elsewhere, or by nothing at all. Neither shows in a review.",
    remedy: "grant it with `key.grants.read(role)`, or remove the key",
    declaration: "Guardrail.readersNamed()",
    mappings: [LEAST_PRIVILEGE],
  },
  "declared-readers-only": {
    title: "Nobody reads the key who is not declared",
    of: "key",
    severity: "error",
    why: "A right on all secrets, somewhere in the account, reads the key as well as a grant does, and no review of this code shows it. The secret's own policy can deny what IAM allows.",
    remedy:
      "set `readers: Readers.declaredOnly()` on the key or its issuer, and name in it who is granted the key elsewhere",
    declaration: "Guardrail.declaredReadersOnly()",
    mappings: [LEAST_PRIVILEGE],
  },
  "no-foreign-readers": {
    title: "No public reader and none of another account",
    of: "key",
    severity: "error",
    why: "A role that anybody, or another account, may assume reads the key for them, and what they do with it is in nobody's log here.",
    remedy:
      "narrow the trust policy of the role (or the policy put in the place of the secret's own), or have the account added to the list of the guardrail",
    declaration: 'Guardrail.noForeignReaders("111122223333")',
    mappings: [
      { framework: "SOC 2", control: "CC6.6", keeps: "access from outside of the system's boundary is closed" },
    ],
  },
  "kms-key-required": {
    title: "The secret has a KMS key of its own",
    of: "key",
    severity: "error",
    why: "Under the account's own key for Secrets Manager whoever may read the secret may decrypt it. A key of your own is a second lock, with a policy and a log of its own.",
    remedy: "set `kmsKeyArn` of the key, and of each of its `replicas`",
    declaration: "Guardrail.kmsKeyRequired()",
    mappings: [
      { framework: "SOC 2", control: "CC6.1", keeps: "data at rest is encrypted, and its keys are protected" },
    ],
  },
  "replicas-allowed": {
    title: "Replicas only in regions that are allowed",
    of: "key",
    severity: "error",
    why: "Each replica is one more place that the value can be read in, maybe under other laws and other people's rights.",
    remedy: "take the region out of the key's `replicas`, or have it added to the list of the guardrail",
    declaration: 'Guardrail.replicasAllowed("eu-west-1", "eu-central-1")',
    mappings: [{ framework: "SOC 2", control: "CC6.7", keeps: "where confidential data may be moved is restricted" }],
  },
  "keyless-preferred": {
    title: "No key where none is needed",
    of: "key",
    severity: "info",
    why: "What has no value cannot leak. Where the vendor takes the identity that a program has already, a key is only one more thing to guard.",
    remedy: "let the program use its own identity, and keep the key for what cannot",
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
    title: "No key is shared by environments",
    of: "key",
    severity: "error",
    why: "What development can read it can use up, and leak: a key of production that is read elsewhere is only as safe as the weakest place that reads it.",
    remedy: "declare a key of its own for each environment",
    declaration: "Guardrail.noSharedKeys()",
    mappings: [SEPARATION],
  },
  "vendors-allowed": {
    title: "Only vendors that are allowed",
    of: "key",
    severity: "error",
    why: "Each vendor receives what programs send it. Who may is decided with contracts and data protection, before a key is made.",
    remedy: "use an issuer of an allowed vendor, or have the vendor added to the list of the guardrail",
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
    why: "An admin key can make and revoke every key of its account. Shared with another environment, that one's mistakes and leaks are production's.",
    remedy: "give production an issuer with an account or project, and so an admin key, of its own",
    declaration: 'Guardrail.adminKeyApart("production")',
    mappings: [SEPARATION],
  },
  "exception-expired": {
    title: "An exception has ended",
    of: "exception",
    severity: "error",
    why: "An exception is a loan. One that is over and stays in the code would be a hole that nobody decided on.",
    remedy: "make the key keep the rule and remove the exception, or have a new end date approved",
    mappings: [],
  },
  "exception-ending": {
    title: "An exception ends soon",
    of: "exception",
    severity: "warning",
    why: "On the day after its end the next synthesis fails. That should not be the day on which people learn of it.",
    remedy: "make the key keep the rule before that day",
    mappings: [],
  },
  "exception-unused": {
    title: "An exception that nothing needs",
    of: "exception",
    severity: "warning",
    why: "It would let the next mistake through unseen. Or it has a typing error, and does not do what it was written for.",
    remedy:
      "remove it; or correct `rule` and `key`, and declare it where the guardrail itself is declared, or further out",
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

/** What each pack declares; the packs themselves are in `constructs/`, and a test holds the two together. */
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
