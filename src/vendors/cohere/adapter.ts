import * as v from "valibot";
import type { Dialect } from "../../http/exchange";
import type { KeyWords } from "../../http/verdict";
import { manualVendor } from "../manual-vendor";
import type { Vendor } from "../vendor";
import { cohereDescriptor } from "./descriptor";

const errorSchema = v.object({ message: v.string() });

const dialect: Dialect = {
  displayName: cohereDescriptor.displayName,
  authorize: (key) => ({ authorization: `Bearer ${key}` }),
  errorIn: (body) => {
    const envelope = v.safeParse(errorSchema, body);
    return envelope.success ? { message: envelope.output.message } : undefined;
  },
  valuePrefixes: cohereDescriptor.valuePrefixes,
};

const unknownKey: readonly KeyWords[] = [{ statuses: [401], message: /^(?:invalid|incorrect) api (?:token|key)/i }];

export const cohere: Vendor = manualVendor({
  descriptor: cohereDescriptor,
  dialect,
  unknownKey,
  look: { endpoint: "GET /models", answer: v.object({ models: v.array(v.object({ name: v.string() })) }) },
});
