import * as v from "valibot";
import type { Dialect } from "../../http/exchange";
import { byHand } from "../by-hand";
import type { Vendor } from "../vendor";
import { groqDescriptor } from "./descriptor";

const errorSchema = v.object({ error: v.object({ message: v.string() }) });

const dialect: Dialect = {
  displayName: groqDescriptor.displayName,
  authorize: (key) => ({ authorization: `Bearer ${key}` }),
  errorIn: (body) => {
    const envelope = v.safeParse(errorSchema, body);
    return envelope.success ? { message: envelope.output.error.message } : undefined;
  },
  valuePrefixes: groqDescriptor.valuePrefixes,
};

export const groq: Vendor = byHand({
  descriptor: groqDescriptor,
  dialect,
  look: { endpoint: "GET /models", answer: v.object({ data: v.array(v.object({ id: v.string() })) }) },
});
