import { BlockList, isIPv6 } from "node:net";
import * as v from "valibot";
import { strictJson } from "../../../model/strict-json";

/** As much of IAM's evaluation as the policies of keys need. What it does not know it refuses to judge. */

const texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((one) => [one].flat()),
);
const statementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"]),
  Action: v.optional(texts),
  NotAction: v.optional(texts),
  Resource: v.optional(texts),
  NotResource: v.optional(texts),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), texts)), {}),
});
const documentSchema = v.pipe(
  v.string(),
  strictJson(),
  v.strictObject({ Version: v.literal("2012-10-17"), Statement: v.array(statementSchema) }),
);
type Statement = v.InferOutput<typeof statementSchema>;

export interface PolicyRequest {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case. */
  readonly context: Readonly<Record<string, string | undefined>>;
}

/** Why a request is refused, in IAM's words; undefined where it is allowed. */
export function whyDenied(documents: readonly string[], request: PolicyRequest): string | undefined {
  const fitting = documents.flatMap((text) => v.parse(documentSchema, text).Statement).filter((s) => fits(s, request));
  if (fitting.some(({ Effect }) => Effect === "Deny")) return "with an explicit deny in an identity-based policy";
  if (fitting.length > 0) return undefined;
  return `because no identity-based policy allows the ${request.action} action`;
}

function fits({ Action, NotAction, Resource, NotResource, Condition }: Statement, request: PolicyRequest): boolean {
  const { action, resource, context } = request;
  const named = (patterns: readonly string[] | undefined, not: readonly string[] | undefined, value: string) =>
    patterns === undefined ? !matches(not ?? [], value) : matches(patterns, value);
  return (
    named(Action, NotAction, action) &&
    named(Resource, NotResource, resource) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, context[key.toLowerCase()], values)),
    )
  );
}

/** A key that the request does not have fulfils no operator but the negated ones. */
function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case "StringEquals":
      return value !== undefined && values.includes(value);
    case "StringNotEquals":
      return value === undefined || !values.includes(value);
    case "ArnNotLike":
      return value === undefined || !matches(values, value);
    case "NotIpAddress":
      return value === undefined || !inNetworks(values, value);
    default:
      throw new Error(`Bedrock simulator: it knows no condition operator ${operator}`);
  }
}

function matches(patterns: readonly string[], value: string): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\?", "."));
    return new RegExp(`^${parts.join(".*")}$`).test(value);
  });
}

function inNetworks(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [start = "", bits = ""] = network.split("/");
    list.addSubnet(start, Number(bits), isIPv6(start) ? "ipv6" : "ipv4");
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
