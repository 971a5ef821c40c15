import type { OrderName } from "../../model/rendered/rule";
import { formOf } from "../../model/rendered/rule";
import * as order from "../direction";

/** Orders of `rule.ts`, over values as configuration has them. */
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const ORDERS: Readonly<Record<Exclude<OrderName, "identical" | "harmless">, order.Within<unknown>>> = {
  guards: (a, b) => order.guards(list(a), list(b)),
  listed: (a, b) => order.listed(list(a), list(b)),
  atLeast: (a, b) => Number(a) >= Number(b),
  encryption: (a, b) => order.encryption(text(a), text(b)),
  // Outside of any VPC a function may go anywhere.
  placed: (a, b) => list(b).length === 0 || (list(a).length > 0 && order.listed(list(a), list(b))),
};

/** Of a change between two values that the constructs render. */
export function directionBy(name: OrderName, before: unknown, after: unknown): order.Direction {
  if (name === "harmless") return "same";
  if (name === "identical") return "unknown";
  return order.directionOf(ORDERS[name], formOf(before), formOf(after));
}
