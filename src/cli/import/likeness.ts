import { shapeOf } from "../../model/key-formats";
import { vendorDescriptors } from "../../vendors/descriptors";
import { contentsOf, type Piece } from "./contents";

/** How a secret, or a text in it, can look like a key of one of the vendors. */
export interface Likeness {
  /** `name`, `description`, `tag team`, `value`, `field OPENAI_API_KEY`. */
  readonly because: string;
  readonly vendors: readonly string[];
  /** What has the same form or the same name, and is no key of an AI vendor. */
  readonly notToldFrom: readonly string[];
}

/** Words that vendors are known by beside their names. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  anthropic: ["claude"],
  // Also in its hosts, x.openai.azure.com.
  "azure-openai": ["aoai", "openai-azure"],
  gemini: ["google-?ai", "generative-?language"],
  openai: ["chat-?gpt", "gpt"],
  xai: ["grok"],
};
const GENERIC = /-(?:llm|ai-api-?key|ai-key|genai|model-?api-?key)s?-/;
const ABOUT_AI = /-(?:ai|llm|genai|gpt|models?|inference|workers-ai)-/;

/**
 * Names that others have as well: without a word about AI beside them they tell nothing for
 * certain.
 */
const NAMESAKES: Readonly<Record<string, string>> = {
  cloudflare: "tokens of Cloudflare's other services, such as DNS",
  gemini: "other products named Gemini",
  bedrock: "other products named Bedrock",
  together: "the word together",
};
/** Words of what is certainly something else, whoever's name stands beside them. */
const ELSEWHERE =
  /-(?:cert-?manager|certbot|external-?dns|acme|dns-?0?1|dns|ddns|lets-?encrypt|tls|ssl|zones?|tunnels?|turnstile|pages|cdn|waf|r2|wrangler)-/;
/** The same of API keys of Google. */
const OTHER_GOOGLE =
  /-(?:firebase|maps|places|geocod\w*|youtube|fcm|recaptcha|analytics|android|ios|messaging-sender-id|auth-domain|sheets|drive|translate)-/;

const vendorWords = vendorDescriptors.flatMap(({ id, displayName }) =>
  [id, displayName]
    .map((text) => hyphenated(text).replaceAll("-", "-?"))
    .concat(ALIASES[id] ?? [])
    .map((words) => ({ id, pattern: new RegExp(`-${words}-`) })),
);

/**
 * Vendors that a name, a tag or a description speaks of; `[]` with `any` where it speaks of such
 * keys in general.
 */
export function spokenOf(text: string): Omit<Likeness, "because"> & { readonly any: boolean } {
  const words = `-${hyphenated(text)}-`;
  const found = vendorWords.flatMap(({ id, pattern }) => {
    const length = pattern.exec(words)?.[0].length;
    return length === undefined ? [] : [{ id, length }];
  });
  const aboutAi = ABOUT_AI.test(words);
  if (!aboutAi && ELSEWHERE.test(words)) return { any: false, vendors: [], notToldFrom: [] };
  // "azure-openai" speaks of Azure OpenAI, and of OpenAI only where it stands alone as well.
  const longest = Math.max(0, ...found.map(({ length }) => length));
  const vendors = [...new Set(found.filter(({ length }) => length === longest).map(({ id }) => id))];
  const notToldFrom = aboutAi ? [] : vendors.flatMap((id) => NAMESAKES[id] ?? []);
  return { any: vendors.length > 0 || GENERIC.test(words), vendors, notToldFrom };
}

/**
 * What in a secret looks like a key, and never the key; and what of it was not read. @param written
 * on it: its name, tags and the like
 */
export function likenessesIn(value: string | Uint8Array | undefined, written: readonly string[]) {
  const { pieces, unread } = contentsOf(value);
  const fields = new Set(pieces.map(({ field = "" }) => field));
  const words = [...written, ...fields].map((text) => `-${hyphenated(text)}-`);
  const around: Around = {
    vendors: new Set(written.flatMap((text) => spokenOf(text).vendors)),
    otherGoogle: words.some((text) => OTHER_GOOGLE.test(text)),
    elsewhere: words.some((text) => ELSEWHERE.test(text)),
  };
  const found = new Map<string, Likeness>();
  for (const piece of pieces) {
    const likeness = likenessOf(piece, around);
    if (likeness !== undefined) found.set(JSON.stringify([likeness.because, likeness.vendors]), likeness);
  }
  return { likenesses: [...found.values()], unread };
}

interface Around {
  /** That what is written on the secret speaks of. */
  readonly vendors: ReadonlySet<string>;
  readonly otherGoogle: boolean;
  readonly elsewhere: boolean;
}

/** A value without a form of its own is told by its field alone. */
const CANDIDATE = /^[\x21-\x7e]{16,4096}$/;
/** In a line of several words, where one may as well be a model or a path. */
const RANDOM = /^(?=.*[A-Za-z])[A-Za-z0-9+/_]{24,4096}={0,2}$/;
/** Names of fields that stand beside a key and are none: `OPENAI_BASE_URL`. */
const BESIDE = /-(?:url|uri|endpoint|host|base|model|deployment|region|version|org|organi[sz]ation|project|name|id)-$/;

/**
 * Words with which a line says that a key follows: `setx MISTRAL_API_KEY …`,
 * `machine api.mistral.ai login a password …`.
 */
const SAYS_KEY = /-(?:key|apikey|token|secret|password|auth|authorization|bearer)-/;

function likenessOf({ field, before = "", text }: Piece, around: Around): Likeness | undefined {
  const because = field === undefined ? "value" : `field ${field}`;
  const byField = spokenOf(field ?? "");
  const shape = shapeOf(text);
  const line = `${field ?? ""} ${before}`;
  const byLine = shape === undefined && byField.vendors.length === 0 && SAYS_KEY.test(`-${hyphenated(line)}-`);
  const { vendors: named, notToldFrom } = byLine ? spokenOf(line) : byField;
  if (shape === undefined) {
    const candidate = byLine ? RANDOM : CANDIDATE;
    const plausible = candidate.test(text) && /\d/.test(text) && !text.includes("://");
    if (named.length === 0 || !plausible || BESIDE.test(`-${hyphenated(field ?? "")}-`)) return undefined;
    return { because, vendors: named, notToldFrom };
  }
  // Several vendors' values may begin alike: then the field's name, or what is written on the
  // secret, tells them apart.
  const of = (said: Iterable<string>) => [...said].filter((id) => shape.possible.includes(id));
  const both = named.length > 0 ? of(named) : of(around.vendors);
  if (both.length > 0) return { because, vendors: both, notToldFrom: [] };
  if (shape.vendors.length === 0) return undefined;
  const elsewhere = shape.vendors.includes("gemini") ? around.otherGoogle : around.elsewhere;
  if (shape.orElse.length > 0 && elsewhere) return undefined;
  const asNamed = shape.anyForm && named.length > 0;
  return { because, vendors: asNamed ? named : shape.vendors, notToldFrom: shape.orElse };
}

function hyphenated(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
