import * as v from "valibot";
import type { Door } from "./doors";

/** Longer ones are cut by who sends them, and refused by who receives them. */
export const CLAIM_MAX_LENGTH = 128;

/**
 * An operator's own word on who they are. A function cannot see its caller, so it is a claim;
 * CloudTrail has the proof.
 */
export const claimedBySchema = v.pipe(v.string(), v.maxLength(CLAIM_MAX_LENGTH), v.regex(/^[\x20-\x7e]+$/));

/** Of an effect, all that the function honestly knows of who ordered it. */
export interface Attribution {
  /** Undefined before the event was understood. */
  readonly door?: Door;
  /** Lambda's: CloudTrail's data event of the call has the same. */
  readonly requestId: string;
  readonly claimedBy?: string;
}
