import * as v from "valibot";
import type { Dialect } from "../../http/exchange";
import { elevenLabsDescriptor } from "./descriptor";
import { errorSchema } from "./schemas";

export const elevenLabsDialect: Dialect = {
  displayName: elevenLabsDescriptor.displayName,
  authorize: (key) => ({ "xi-api-key": key }),
  errorIn: (body) => {
    const envelope = v.safeParse(errorSchema, body);
    if (!envelope.success) return undefined;
    const { detail } = envelope.output;
    if (typeof detail === "string") return { message: detail };
    if (Array.isArray(detail)) {
      return { message: detail.map(({ loc, msg }) => [...loc, msg].join(": ")).join("; ") };
    }
    const code = detail.status ?? detail.code;
    return { message: detail.message, ...(code == null ? {} : { code }) };
  },
  valuePrefixes: elevenLabsDescriptor.valuePrefixes,
};
