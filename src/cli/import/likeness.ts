import { vendorDescriptors } from "../../vendors/descriptors";

/** How a secret, or a text in it, can look like a key of one of the vendors. */

/** Words that vendors are known by beside their names. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  anthropic: ["claude"],
  "azure-openai": ["aoai"],
  gemini: ["google-?ai"],
  openai: ["chat-?gpt", "gpt"],
  xai: ["grok"],
};
const GENERIC = /-(?:llm|ai-api-?key|ai-key|genai|model-?api-?key)s?-/;

const vendorWords = vendorDescriptors.flatMap(({ id, displayName }) =>
  [id, displayName]
    .map((text) => hyphenated(text).replaceAll("-", "-?"))
    .concat(ALIASES[id] ?? [])
    .map((words) => ({ id, pattern: new RegExp(`-${words}-`) })),
);

/** Vendors that a name, a tag or a description speaks of; `[]` with `any` where it speaks of such keys in general. */
export function spokenOf(text: string): { readonly any: boolean; readonly vendors: readonly string[] } {
  const words = `-${hyphenated(text)}-`;
  const found = vendorWords.flatMap(({ id, pattern }) => {
    const length = pattern.exec(words)?.[0].length;
    return length === undefined ? [] : [{ id, length }];
  });
  // "azure-openai" speaks of Azure OpenAI, and of OpenAI only where it stands alone as well.
  const longest = Math.max(0, ...found.map(({ length }) => length));
  const vendors = [...new Set(found.filter(({ length }) => length === longest).map(({ id }) => id))];
  return { any: vendors.length > 0 || GENERIC.test(words), vendors };
}

function hyphenated(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
