import * as v from "valibot";
import type { Dialect } from "../../http/exchange";
import { portkeyDescriptor } from "./descriptor";
import { errorSchema } from "./schemas";

export const portkeyDialect: Dialect = {
  displayName: portkeyDescriptor.displayName,
  authorize: (key) => ({ "x-portkey-api-key": key }),
  errorIn: (body) => {
    const envelope = v.safeParse(errorSchema, body);
    if (!envelope.success) return undefined;
    const { message, code } = envelope.output;
    return { message, ...(code == null ? {} : { code }) };
  },
  valuePrefixes: portkeyDescriptor.valuePrefixes,
};
