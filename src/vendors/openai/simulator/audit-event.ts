import type { AdminKey } from "./accounts";

export interface AuditEvent {
  readonly id: string;
  readonly type: string;
  /** Unix seconds. */
  readonly at: number;
  readonly actor: AdminKey;
  /** Payload under the event's type; its id is the target's. */
  readonly details: { readonly id: string; readonly [field: string]: unknown };
}
