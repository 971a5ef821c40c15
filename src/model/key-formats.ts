/**
 * How values of keys begin and go on, as vendors, and scanners for leaked keys, publish it. The one
 * place for it: what redacts, what refuses values in code (SK160) and what looks for keys
 * (`scoped-keys import`) all read this table. Holds no value.
 */
export interface KeyFormat {
  /** Id of a vendor, or the name of somebody else, whose values could be taken for a vendor's. */
  readonly vendor: string;
  readonly foreign?: true;
  readonly prefix: string;
  /** What follows the prefix, to the end. */
  readonly rest: RegExp;
  /** What else has values of this form: then the value alone does not tell. */
  readonly orElse?: string;
  /** Whoever lets people choose values: anything behind the prefix may be one. */
  readonly anyRest?: true;
}

const WORDS = /^[A-Za-z0-9_-]{20,}$/;
const GOOGLE = "API keys of Google's other services, such as Firebase and Maps";
const CLOUDFLARE = "tokens of Cloudflare's other services, such as DNS";
const GATEWAYS = "keys of other gateways and vendors that begin with sk-";

export const KEY_FORMATS: readonly KeyFormat[] = [
  { vendor: "anthropic", prefix: "sk-ant-", rest: WORDS },
  // Base64 of what such a key begins with; of the short-lived kind, a URL in base64.
  { vendor: "bedrock", prefix: "ABSK", rest: /^[A-Za-z0-9+/=]{40,}$/ },
  { vendor: "bedrock", prefix: "bedrock-api-key-", rest: /^[A-Za-z0-9+/=_-]{40,}$/ },
  // 40 characters and a checksum, how it is made is not published.
  { vendor: "cloudflare", prefix: "cfat_", rest: /^[A-Za-z0-9]{40,48}$/, orElse: CLOUDFLARE },
  { vendor: "cloudflare", prefix: "cfut_", rest: /^[A-Za-z0-9]{40,48}$/, orElse: CLOUDFLARE },
  { vendor: "elevenlabs", prefix: "sk_", rest: /^[0-9a-f]{32,64}$/ },
  { vendor: "fireworks", prefix: "fw_", rest: /^[A-Za-z0-9]{20,}$/ },
  { vendor: "gemini", prefix: "AIza", rest: /^[A-Za-z0-9_-]{35}$/, orElse: GOOGLE },
  { vendor: "gemini", prefix: "AQ.", rest: /^[A-Za-z0-9_.-]{30,}$/, orElse: GOOGLE },
  { vendor: "gemini", prefix: "IQ.", rest: /^[A-Za-z0-9_.-]{30,}$/, orElse: GOOGLE },
  { vendor: "groq", prefix: "gsk_", rest: /^[A-Za-z0-9]{40,}$/ },
  { vendor: "huggingface", prefix: "hf_", rest: /^[A-Za-z0-9]{30,}$/ },
  { vendor: "huggingface", prefix: "api_org_", rest: /^[A-Za-z0-9]{30,}$/ },
  { vendor: "litellm", prefix: "sk-", rest: /^[A-Za-z0-9_-]{16,}$/, orElse: GATEWAYS, anyRest: true },
  // The middle of each is "OpenAI" in base64.
  { vendor: "openai", prefix: "sk-", rest: /^[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}$/ },
  { vendor: "openai", prefix: "sk-admin-", rest: WORDS },
  { vendor: "openai", prefix: "sk-None-", rest: WORDS },
  { vendor: "openai", prefix: "sk-proj-", rest: WORDS },
  { vendor: "openai", prefix: "sk-svcacct-", rest: WORDS },
  // Of a session in a browser.
  { vendor: "openai", prefix: "ek_", rest: /^[A-Za-z0-9_-]{20,}$/ },
  { vendor: "openrouter", prefix: "sk-or-", rest: WORDS },
  { vendor: "pinecone", prefix: "pckey_", rest: /^[A-Za-z0-9_]{40,}$/ },
  { vendor: "pinecone", prefix: "pcsk_", rest: /^[A-Za-z0-9_]{40,}$/ },
  { vendor: "together", prefix: "tgp_", rest: WORDS },
  { vendor: "xai", prefix: "xai-", rest: /^[A-Za-z0-9]{40,}$/ },
  { vendor: "Cloudflare (global key)", foreign: true, prefix: "cfk_", rest: /^[A-Za-z0-9]{40,48}$/ },
  { vendor: "DeepSeek", foreign: true, prefix: "sk-", rest: /^[0-9a-f]{32}$/ },
  { vendor: "HeyGen", foreign: true, prefix: "sk_V2_", rest: WORDS },
  { vendor: "Langfuse", foreign: true, prefix: "sk-lf-", rest: WORDS },
  { vendor: "Perplexity", foreign: true, prefix: "pplx-", rest: WORDS },
  ...["sk_live_", "sk_test_", "sk_org_", "rk_live_", "rk_test_"].map((prefix) => ({
    vendor: "Stripe or Clerk",
    foreign: true as const,
    prefix,
    rest: /^[A-Za-z0-9_]{16,}$/,
  })),
];

/** Fixed starts of the values of all, longest first. */
export const KEY_PREFIXES: readonly string[] = [...new Set(KEY_FORMATS.map(({ prefix }) => prefix))].sort(
  (a, b) => b.length - a.length || (a < b ? -1 : 1),
);

export function prefixesOf(vendor: string): readonly string[] {
  return [...new Set(KEY_FORMATS.filter((format) => format.vendor === vendor).map(({ prefix }) => prefix))];
}

/** Whose a value can be, by its form alone. */
export interface Shape {
  /** Ids of vendors. */
  readonly vendors: readonly string[];
  readonly foreign: readonly string[];
  /** Vendors whose it may be if something else says so: they let people choose. */
  readonly possible: readonly string[];
  readonly orElse: readonly string[];
  /** Nothing but the prefix tells. */
  readonly anyForm: boolean;
}

/** Undefined: it has the form of nobody's. */
export function shapeOf(value: string): Shape | undefined {
  const begun = KEY_FORMATS.filter(({ prefix }) => value.startsWith(prefix));
  const fitting = begun.filter(({ prefix, rest }) => rest.test(value.slice(prefix.length)));
  if (fitting.length === 0) return undefined;
  // A prefix of its own, or a form of its own, says more than one that anything may follow.
  const longest = Math.max(...fitting.map(({ prefix }) => prefix.length));
  const nearest = fitting.filter(({ prefix }) => prefix.length === longest);
  const own = nearest.filter(({ anyRest }) => anyRest !== true);
  const counted = own.length > 0 ? own : nearest;
  const ids = (formats: readonly KeyFormat[], foreign: boolean) => [
    ...new Set(formats.filter((format) => (format.foreign === true) === foreign).map(({ vendor }) => vendor)),
  ];
  return {
    vendors: ids(counted, false),
    foreign: ids(counted, true),
    possible: ids(nearest, false),
    anyForm: own.length === 0,
    orElse: [...new Set(counted.flatMap(({ orElse }) => orElse ?? []))],
  };
}
