import { adoptResultSchema } from "../../model/events";
import { redact } from "../../model/redact";
import { json as jsonOf } from "../../output/json";
import type { Printable } from "../../output/printable";
import { terminal } from "../../output/terminal";
import { controllerOf, OrderFailed } from "./controller";
import { parseKeyAddress } from "./key-address";
import { readValue, type ValueSource } from "./read-value";

export interface AdoptOptions {
  readonly region?: string;
  readonly json?: true;
}

/** @returns what was done, in words or as JSON. */
export async function runAdopt(name: string, { region, json }: AdoptOptions, source: ValueSource): Promise<Printable> {
  const { prefix, key, region: inArn } = parseKeyAddress(name);
  const controller = controllerOf(prefix, region ?? inArn);
  const value = await readValue(source, terminal`New value of ${prefix}/${key} (not shown): `);
  const event = { action: "adopt", key, value };
  try {
    const result = await controller.order(event, adoptResultSchema, new AbortController().signal);
    if (json) return jsonOf(result);
    const { keyId, expiresAt, superseded } = result;
    const before = superseded === undefined ? "" : ` ${superseded.keyId} works until ${superseded.until}.`;
    return terminal`${prefix}/${key}: adopted. In use now: ${keyId}, until ${expiresAt}.${before}`;
  } catch (error) {
    // What an answer quotes must not be the value, whoever wrote it.
    if (error instanceof OrderFailed) throw new OrderFailed(error.code, redact(error.message, [value]));
    throw error;
  }
}
