import * as v from "valibot";
import { GUARDRAILS_OUTPUT } from "../model/guardrail-rules";
import { type Attributes, isAttributes, text } from "./attributes";
import { notSynthesised } from "./errors";
import { StackBlocks } from "./foreign/configuration";
import type { Configuration, Resource, Snapshot } from "./resources";

const blocksSchema = v.record(v.string(), v.record(v.string(), v.record(v.string(), v.unknown())));
const stackSchema = v.object({
  terraform: v.looseObject({}),
  resource: v.optional(blocksSchema, {}),
  data: v.optional(blocksSchema, {}),
  locals: v.optional(v.record(v.string(), v.unknown()), {}),
  output: v.optional(v.record(v.string(), v.looseObject({ value: v.optional(v.unknown()) })), {}),
});
type Stack = v.InferOutput<typeof stackSchema>;

/**
 * @param name of the stack
 * @param what it is, for errors: the file's name
 * @param parsed JSON of a synthesised stack. Throws SK314.
 * @param beside what stands in the stack's folder
 */
export function readStack(
  name: string,
  what: string,
  parsed: unknown,
  beside: Pick<Configuration, "files" | "zips" | "origin">,
): Snapshot {
  const result = v.safeParse(stackSchema, parsed);
  if (!result.success) throw notSynthesised(what, "JSON of something else");
  const stack = result.output;
  const resolve = resolver(stack);
  const resources = addressed(stack.resource).map(([type, address, given]): Resource => {
    const { "//": _, ...configured } = given;
    const written = resolved(configured, resolve);
    return {
      stack: name,
      address,
      type,
      values: valuesOf(type, written),
      unknown: new Set(),
      references: Object.fromEntries(Object.entries(configured).map(([key, value]) => [key, named(value)])),
      written,
      planned: false,
      mask: {},
    };
  });
  const functions = new Map(resources.map(({ address, values }) => [address, text(values, "function_name")]));
  const asked = addressed(stack.data)
    .filter(([type]) => type === "aws_lambda_invocation")
    .flatMap(([, , data]) => named(resolve(text(data, "function_name") ?? "")).map((address) => functions.get(address)))
    .filter((each) => each !== undefined);
  const guardrails = deeply(stack.output[GUARDRAILS_OUTPUT]?.value, unescaped);
  const { resource: _, ...blocks } = isAttributes(parsed) ? parsed : {};
  const configuration: Configuration = { ...beside, blocks, here: hereIn(stack), plan: undefined };
  return {
    resources,
    observed: new Map(),
    asked: new Set(asked),
    guardrails: new Map([[name, guardrails]]),
    configurations: new Map([[name, configuration]]),
    blocks: new Map([[name, StackBlocks.ofFolder(name, isAttributes(parsed) ? parsed : {})]]),
  };
}

/** The constructs write ARNs with what data sources of their own say. */
function hereIn({ data }: Stack): Configuration["here"] {
  const of = (type: string, attribute: string) => {
    const [id] = Object.keys(data[type] ?? {}).filter((each) => OWN_DATA.test(each));
    return id === undefined ? undefined : `\${data.${type}.${id}.${attribute}}`;
  };
  const [partition, region, account] = [
    of("aws_partition", "partition"),
    of("aws_region", "id"),
    of("aws_caller_identity", "account_id"),
  ];
  return partition === undefined || region === undefined || account === undefined
    ? undefined
    : { partition, region, account };
}

/** Ids of what `StackResources` renders. */
export const OWN_DATA = /^scoped-keys_/;

function addressed(blocks: Stack["resource"]): Array<readonly [type: string, address: string, values: Attributes]> {
  return Object.entries(blocks).flatMap(([type, byId]) =>
    Object.entries(byId).map(([id, values]) => [type, `${type}.${id}`, values] as const),
  );
}

/** Addresses of the resources that a value names. */
function named(value: unknown): string[] {
  const written = JSON.stringify(value) ?? "";
  return [...new Set([...written.matchAll(/\baws_\w+\.[A-Za-z_][\w-]*/g)].map(([address]) => address))];
}

/** Longest text that is put together of locals: they may name each other. */
const RESOLVED_MAX_LENGTH = 1_000_000;
const DEPTH_MAX = 5;

/** Puts in what the stack itself says: locals, and attributes that are written out. */
function resolver({ resource, locals }: Stack): (written: string, depth?: number) => string {
  const resolve = (written: string, depth = 0): string => {
    if (depth >= DEPTH_MAX || !written.includes("${")) return written;
    let length = written.length;
    return written.replace(
      /(?<!\$)\$\{(?:local\.([\w-]+)|(aws_\w+)\.([\w-]+)\.(\w+))\}/g,
      (reference, local, type, id, attribute) => {
        const value = local === undefined ? own(own(own(resource, type), id), attribute) : own(locals, local);
        if (typeof value !== "string" || length > RESOLVED_MAX_LENGTH) return reference;
        const inner = resolve(value, depth + 1);
        length += inner.length;
        return length > RESOLVED_MAX_LENGTH ? reference : inner;
      },
    );
  };
  return resolve;
}

function own(from: unknown, name: string): unknown {
  return isAttributes(from) && Object.hasOwn(from, name) ? from[name] : undefined;
}

function resolved(values: Attributes, resolve: (written: string) => string): Attributes {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, deeply(value, resolve)]));
}

/** The same value with every text in it changed. */
function deeply(value: unknown, change: (written: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((inner) => deeply(inner, change));
  return isAttributes(value) ? resolved(value, change) : value;
}

const REPAIR = ',"repair":';

/**
 * What Terraform would make of the texts that the constructs write with care: the repair token is
 * the plan's, all else is literal.
 */
function valuesOf(type: string, values: Attributes): Attributes {
  if (type === "aws_lambda_invocation") {
    const input = text(values, "input") ?? "";
    const at = input.lastIndexOf(REPAIR);
    return at < 0 ? values : { ...values, input: unescaped(`${input.slice(0, at)}}`) };
  }
  const description = text(values, "description");
  return description === undefined ? values : { ...values, description: unescaped(description) };
}

function unescaped(literal: string): string {
  return literal.replace(/([$%])\1\{/g, "$1{");
}
