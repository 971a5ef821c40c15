import { LATEST, OPERATOR_ALIAS, SWEEP_ALIAS } from "../../src/model/doors";

const ORDERS: readonly unknown[] = ["revoke", "retain", "adopt", "keys"];

/**
 * The name by which whoever sends such an event calls the controller: Terraform, the schedule, the
 * command line, or anybody else.
 */
export function calledFor(functionName: string, event: unknown): string {
  const fields: object = typeof event === "object" && event !== null ? event : {};
  if ("tf" in fields) return `${functionName}:${LATEST}`;
  const action: unknown = Reflect.get(fields, "action");
  if (action === "sweep") return `${functionName}:${SWEEP_ALIAS}`;
  return ORDERS.includes(action) ? `${functionName}:${OPERATOR_ALIAS}` : functionName;
}
