import { ALARM_PARTS } from "./alarms";
import { BOUNDARY_PARTS } from "./boundary";
import { ACCOUNT_PARTS, KEY_PARTS } from "./key";
import { KEY_FUNCTION_PARTS } from "./key-function";
import { LEDGER_PARTS } from "./ledger";
import type { RenderedPart } from "./rule";
import { SWEEP_PARTS } from "./sweep";

/**
 * Everything that the constructs render, by the name of the part. An attribute that is not here is
 * one that nobody has classified: review reports it, and `test/model/rendered.test.ts` fails.
 */
export const RENDERED: Readonly<Record<string, RenderedPart>> = {
  ...LEDGER_PARTS,
  ...KEY_FUNCTION_PARTS,
  ...BOUNDARY_PARTS,
  ...SWEEP_PARTS,
  ...ALARM_PARTS,
  ...ACCOUNT_PARTS,
  ...KEY_PARTS,
};
