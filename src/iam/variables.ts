import type { Context } from "./context";
import type { Version } from "./document";
import { type CompileOptions, compile, type Pattern, unknownText } from "./pattern";

/**
 * Characters that a pattern gives a meaning, where a variable stands for them: `${*}`, `${?}`,
 * `${$}`.
 */
const ESCAPES: ReadonlySet<string> = new Set(["*", "?", "$"]);

/**
 * A part of a text: what is written, or what a variable stands for, in which `*` and `?` are
 * characters like others.
 */
export interface Part {
  readonly text: string;
  readonly literal: boolean;
}

/**
 * What a text says once its policy variables are put in; undefined where a variable has no value
 * and no default, and the statement therefore matches nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function expanded(text: string, version: Version, context: Context): readonly Part[] | undefined {
  if (version === "2008-10-17" || !text.includes("${")) return [{ text, literal: false }];
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\{([^${}]*)\}/g)) {
    parts.push({ text: text.slice(from, match.index), literal: false });
    from = match.index + match[0].length;
    const value = variable(match[1] ?? "", context);
    if (value === undefined) return undefined;
    parts.push({ text: value, literal: true });
  }
  parts.push({ text: text.slice(from), literal: false });
  return parts.filter((part) => part.text !== "");
}

function variable(inner: string, context: Context): string | undefined {
  const character = inner.trim();
  if (ESCAPES.has(character)) return character;
  const [, key = inner, fallback] = /^([^,]*?)\s*,\s*'([^']*)'\s*$/.exec(inner) ?? [];
  const found = context.get(key.trim());
  if (found === "unknown") return unknownText(`\${${inner}}`);
  // A key with several values cannot stand in a text.
  return found?.length === 1 ? found[0] : fallback;
}

/** What `expanded` gives, as one pattern. */
export function compileParts(parts: readonly Part[], { arn = false }: CompileOptions = {}): Pattern {
  let colonsBefore = 0;
  return parts
    .map(({ text, literal }) => {
      const compiled = compile(text, { literal, arn, colonsBefore });
      colonsBefore += text.split(":").length - 1;
      return compiled;
    })
    .join("") as Pattern;
}
