import { adoptResultSchema } from "../../model/events";
import { redact } from "../../model/redact";
import { controllerOf, OrderFailed } from "./controller";
import { parseKeyAddress } from "./key-address";
import { readValue, type ValueSource } from "./read-value";

export interface AdoptOptions {
  readonly region?: string;
  readonly json?: true;
}

/** @returns what was done, in words or as JSON. */
export async function runAdopt(name: string, { region, json }: AdoptOptions, source: ValueSource): Promise<string> {
  const { prefix, key, region: inArn } = parseKeyAddress(name);
  const controller = controllerOf(prefix, region ?? inArn);
  const value = await readValue(source, `New value of ${prefix}/${key} (not shown): `);
  const event = { action: "adopt", key, value };
  try {
    const result = await controller.order(event, adoptResultSchema, new AbortController().signal);
    if (json) return JSON.stringify(result, undefined, 2);
    const { keyId, expiresAt, superseded } = result;
    const before = superseded === undefined ? "" : ` ${superseded.keyId} works on until ${superseded.until}.`;
    return `${prefix}/${key}: adopted. In use now: ${keyId}, until ${expiresAt}.${before}`;
  } catch (error) {
    // What an answer quotes must not be the value, whoever wrote it.
    if (error instanceof OrderFailed) throw new OrderFailed(error.code, redact(error.message, [value]));
    throw error;
  }
}
