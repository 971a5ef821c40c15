import * as v from "valibot";
import { bearer } from "../../http/envelope";
import type { Dialect } from "../../http/exchange";
import { liteLlmDescriptor } from "./descriptor";
import { detailSchema, errorSchema, validationSchema } from "./schemas";

export const dialect: Dialect = {
  displayName: liteLlmDescriptor.displayName,
  authorize: bearer,
  errorIn,
  valuePrefixes: liteLlmDescriptor.valuePrefixes,
};

/** `param` is left alone: of a key that has ended it quotes the value. */
export function errorIn(body: unknown): { readonly message: string; readonly code?: string } | undefined {
  const own = v.safeParse(errorSchema, body);
  if (own.success) {
    const { message, type } = own.output.error;
    return { message, ...(type == null ? {} : { code: type }) };
  }
  const refused = v.safeParse(detailSchema, body);
  if (refused.success) {
    const { detail } = refused.output;
    return { message: typeof detail === "string" ? detail : detail.error };
  }
  const invalid = v.safeParse(validationSchema, body);
  if (!invalid.success) return undefined;
  return { message: invalid.output.detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ") };
}
