import * as v from "valibot";
import { bearer, envelopeOf } from "../../http/envelope";
import type { Dialect } from "../../http/exchange";
import type { KeyWords } from "../../http/verdict";
import { manualVendor } from "../manual-vendor";
import type { Vendor } from "../vendor";
import { groqDescriptor } from "./descriptor";

const errorSchema = v.object({ error: v.object({ message: v.string(), code: v.nullish(v.string()) }) });

const dialect: Dialect = {
  displayName: groqDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(
    v.pipe(
      errorSchema,
      v.transform(({ error }) => error),
    ),
  ),
  valuePrefixes: groqDescriptor.valuePrefixes,
};

const unknownKey: readonly KeyWords[] = [
  { statuses: [401], code: /^(?:invalid_api_key|expired_api_key)$/ },
  { statuses: [401], message: /^invalid api key/i },
];

export const groq: Vendor = manualVendor({
  descriptor: groqDescriptor,
  dialect,
  unknownKey,
  look: { endpoint: "GET /models", answer: v.object({ data: v.array(v.object({ id: v.string() })) }) },
});
