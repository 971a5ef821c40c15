import * as v from "valibot";
import { json, text } from "./attributes";
import type { Resource } from "./resources";

const inputSchema = v.object({
  key: v.optional(v.string()),
  secret: v.optional(v.string()),
  policy: v.optional(v.looseObject({})),
  account: v.optional(v.looseObject({})),
  repair: v.optional(v.string()),
});
export type Input = v.InferOutput<typeof inputSchema>;

/** Undefined: of no key, or known only after apply. */
export function inputOf({ values }: Resource): Input | undefined {
  const parsed = v.safeParse(inputSchema, json(text(values, "input") ?? ""));
  if (!parsed.success) return undefined;
  return parsed.output.secret !== undefined || parsed.output.account !== undefined ? parsed.output : undefined;
}
