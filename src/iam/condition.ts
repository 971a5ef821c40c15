import { type Answer, all, answerOf, any, not } from "./answer";
import type { Context } from "./context";
import type { Condition, Version } from "./document";
import { compile, holdsUnknown, isUncertain, matches, type Pattern } from "./pattern";
import { compileParts, expanded } from "./variables";

/**
 * Condition operators:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * An operator that the language does not have is one of which nobody can tell.
 */
export function conditionHolds(condition: Condition, version: Version, context: Context): Answer {
  const { quantifier, name, ifExists } = parsedOperator(condition.operator);
  const found = context.get(condition.key);
  if (name === "null") {
    if (found === "unknown") return "unknown";
    return any(condition.values.map((value) => nullHolds(value, found === undefined || found.length === 0)));
  }
  const operator = OPERATORS.get(name);
  if (operator === undefined) return "unknown";
  const wanted = condition.values.map((value) => operand(value, operator, version, context));
  if (found === "unknown") return "unknown";
  const holds = (value: string): Answer => {
    // Several values in the policy: one has to match, or with a negated operator none.
    const matched = any(wanted.map((test) => (test === undefined ? "no" : test(value))));
    return operator.negated ? not(matched) : matched;
  };
  // An empty text is no value:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
  if (quantifier === "forallvalues") return all((found ?? []).filter((value) => value !== "").map(holds));
  if (quantifier === "foranyvalue") return any((found ?? []).map(holds));
  if (found === undefined || found.length === 0) return answerOf(ifExists || operator.negated);
  return all(found.map(holds));
}

export function conditionsHold(conditions: readonly Condition[], version: Version, context: Context): Answer {
  return all(conditions.map((condition) => conditionHolds(condition, version, context)));
}

interface ParsedOperator {
  readonly quantifier: string;
  readonly name: string;
  readonly ifExists: boolean;
}

function parsedOperator(operator: string): ParsedOperator {
  const [, quantifier = "", name = "", ifExists] =
    /^(?:(forallvalues|foranyvalue):)?(.*?)(ifexists)?$/s.exec(operator.toLowerCase()) ?? [];
  return { quantifier, name, ifExists: ifExists !== undefined };
}

function nullHolds(value: string, absent: boolean): Answer {
  const wanted = value.toLowerCase();
  if (holdsUnknown(value) || (wanted !== "true" && wanted !== "false")) return "unknown";
  return answerOf(absent === (wanted === "true"));
}

type Test = (value: string) => Answer;

interface Operator {
  readonly negated: boolean;
  /** Whether policy variables are put in. */
  readonly variables: boolean;
  /** @param wanted the policy's value */
  readonly test: (wanted: string, compiled: () => Pattern) => Test;
}

/** Undefined where a variable of it has no value. */
function operand(value: string, operator: Operator, version: Version, context: Context): Test | undefined {
  const parts = operator.variables ? expanded(value, version, context) : [{ text: value, literal: false }];
  if (parts === undefined) return undefined;
  const whole = parts.map(({ text }) => text).join("");
  return operator.test(whole, () => compileParts(parts));
}

const exact =
  (fold: (text: string) => string = (text) => text): Operator["test"] =>
  (wanted) => {
    const pattern = compile(fold(wanted), { literal: true });
    return (value) => matches(pattern, fold(value));
  };

const like: Operator["test"] = (_, compiled) => {
  const pattern = compiled();
  return (value) => matches(pattern, value);
};

/** Each of the six parts of an ARN by itself. */
const arnLike: Operator["test"] = (_, compiled) => {
  const pattern = compiled();
  const parts = sixParts(pattern);
  return (value) => {
    if (isUncertain(pattern)) return matches(pattern, value);
    const others = sixParts(value);
    if (parts === undefined || others === undefined) return "no";
    return all(parts.map((part, i) => matches(part as Pattern, others[i] ?? "")));
  };
};

function sixParts(arn: string): string[] | undefined {
  const parts = arn.split(":");
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** Undefined values compare with nothing. */
const ordered =
  (parse: (text: string) => number | undefined, holds: (value: number, wanted: number) => boolean): Operator["test"] =>
  (wanted) => {
    if (holdsUnknown(wanted)) return () => "unknown";
    const other = parse(wanted);
    return (value) => {
      const parsed = parse(value);
      return answerOf(parsed !== undefined && other !== undefined && holds(parsed, other));
    };
  };

function numberOf(text: string): number | undefined {
  const parsed = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** ISO 8601, or seconds since 1970. */
function timeOf(text: string): number | undefined {
  const parsed = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

const inNetwork: Operator["test"] = (wanted) => {
  if (holdsUnknown(wanted)) return () => "unknown";
  const network = networkOf(wanted);
  return (value) => {
    const address = networkOf(value);
    if (network === undefined || address === undefined || network.bits.length !== address.bits.length) return "no";
    return answerOf(network.length <= address.length && address.bits.startsWith(network.bits.slice(0, network.length)));
  };
};

function networkOf(block: string): { readonly bits: string; readonly length: number } | undefined {
  const [address = "", length] = block.split("/");
  const bits = bitsOfAddress(address);
  if (bits === undefined) return undefined;
  const parsed = length === undefined ? bits.length : Number(length);
  return Number.isInteger(parsed) && parsed >= 0 && parsed <= bits.length ? { bits, length: parsed } : undefined;
}

function bitsOfAddress(address: string): string | undefined {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (four !== undefined) return four.some((n) => n > 255) ? undefined : four.map((n) => binary(n, 8)).join("");
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(":")) return undefined;
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => "0"), ...tail];
  return groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))
    ? undefined
    : groups.map((group) => binary(Number.parseInt(group, 16), 16)).join("");
}

function binary(value: number, bits: number): string {
  return value.toString(2).padStart(bits, "0");
}

const boolean: Operator["test"] = (wanted) =>
  holdsUnknown(wanted) ? () => "unknown" : (value) => answerOf(value.toLowerCase() === wanted.toLowerCase());

const lower = (text: string) => text.toLowerCase();
type Order = (value: number, wanted: number) => boolean;
const ORDERS: ReadonlyArray<readonly [name: string, order: Order, negated?: true]> = [
  ["equals", (a, b) => a === b],
  ["notequals", (a, b) => a === b, true],
  ["lessthan", (a, b) => a < b],
  ["lessthanequals", (a, b) => a <= b],
  ["greaterthan", (a, b) => a > b],
  ["greaterthanequals", (a, b) => a >= b],
];

/** By name in lower case. Variables stand in texts and ARNs alone. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...(
    [
      ["stringequals", exact()],
      ["stringnotequals", exact(), true],
      ["stringequalsignorecase", exact(lower)],
      ["stringnotequalsignorecase", exact(lower), true],
      ["stringlike", like],
      ["stringnotlike", like, true],
      ["arnequals", arnLike],
      ["arnlike", arnLike],
      ["arnnotequals", arnLike, true],
      ["arnnotlike", arnLike, true],
    ] as ReadonlyArray<readonly [string, Operator["test"], true?]>
  ).map(([name, test, negated = false]) => [name, { test, negated, variables: true }] as const),
  ...(
    [
      ...ORDERS.map(([name, order, negated]) => [`numeric${name}`, ordered(numberOf, order), negated] as const),
      ...ORDERS.map(([name, order, negated]) => [`date${name}`, ordered(timeOf, order), negated] as const),
      ["bool", boolean],
      ["binaryequals", exact()],
      ["ipaddress", inNetwork],
      ["notipaddress", inNetwork, true],
    ] as ReadonlyArray<readonly [string, Operator["test"], true?]>
  ).map(([name, test, negated = false]) => [name, { test, negated, variables: false }] as const),
]);
