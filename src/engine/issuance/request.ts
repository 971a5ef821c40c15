import type { KeyPolicy } from "../../model/key-policy";
import type { PendingKey } from "../../model/key-record";

/**
 * The four steps that give a key a new vendor key. A reconcile runs them in a row; Secrets Manager
 * calls them one by one, maybe more than once and maybe never to the end. Each can be repeated
 * after a crash at any point.
 */

export interface CreateRequest {
  readonly token: string;
  readonly policy: KeyPolicy;
  readonly origin: PendingKey["origin"];
  readonly rotationToken?: string;
  /** Version that is AWSCURRENT now, where another by somebody's hand is to be left alone. */
  readonly replaces?: string;
}
