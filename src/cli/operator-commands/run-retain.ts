import { type RetainEvent, retainResultSchema } from "../../model/events";
import { type TerminalText, terminal } from "../../output/terminal";
import { controllerOf } from "./controller";
import { parseKeyAddress } from "./key-address";

export interface RetainOptions {
  readonly version: RetainEvent["version"];
  readonly release?: true;
  readonly overEmergency?: true;
  readonly region?: string;
}

/** @returns what was done, in words. */
export async function runRetain(
  name: string,
  { version, release, overEmergency, region }: RetainOptions,
): Promise<TerminalText> {
  const { prefix, key, region: inArn } = parseKeyAddress(name);
  const controller = controllerOf(prefix, region ?? inArn);
  const event: RetainEvent = {
    action: "retain",
    key,
    version,
    retain: release !== true,
    ...(overEmergency ? { overEmergency } : {}),
  };
  const { retained } = await controller.order(event, retainResultSchema, new AbortController().signal);
  return release
    ? terminal`${prefix}/${key}: all marks are removed. Superseded vendor keys are revoked when they are due.`
    : terminal`${prefix}/${key}: vendor key ${retained.join(", ")} is marked. Nothing revokes it before "scoped-keys retain ${prefix}/${key} --release".`;
}
