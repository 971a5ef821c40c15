import * as v from "valibot";
import { bearer, envelopeOf } from "../../http/envelope";
import type { Dialect } from "../../http/exchange";
import type { KeyWords } from "../../http/verdict";
import { manualVendor } from "../manual-vendor";
import type { Vendor } from "../vendor";
import { cohereDescriptor } from "./descriptor";

const errorSchema = v.object({ message: v.string() });

const dialect: Dialect = {
  displayName: cohereDescriptor.displayName,
  authorize: bearer,
  errorIn: envelopeOf(errorSchema),
  valuePrefixes: cohereDescriptor.valuePrefixes,
};

const unknownKey: readonly KeyWords[] = [{ statuses: [401], message: /^(?:invalid|incorrect) api (?:token|key)/i }];

export const cohere: Vendor = manualVendor({
  descriptor: cohereDescriptor,
  dialect,
  unknownKey,
  look: { endpoint: "GET /models", answer: v.object({ models: v.array(v.object({ name: v.string() })) }) },
});
