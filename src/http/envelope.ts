import * as v from "valibot";
import type { Dialect } from "./exchange";

interface Envelope {
  readonly message: string;
  readonly code?: string | number | null | undefined;
}

/** Reads a vendor's error envelope by its schema. */
export function envelopeOf(schema: v.GenericSchema<unknown, Envelope>): Dialect["errorIn"] {
  return (body) => {
    const parsed = v.safeParse(schema, body);
    if (!parsed.success) return undefined;
    const { message, code } = parsed.output;
    return { message, ...(code == null ? {} : { code: String(code) }) };
  };
}

export const bearer: Dialect["authorize"] = (key) => ({ authorization: `Bearer ${key}` });
