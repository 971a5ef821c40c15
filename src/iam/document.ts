import * as v from "valibot";
import { parseStrictJson } from "../model/strict-json";

/**
 * A policy document as AWS reads it:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html Single values
 * stand where lists may; an element that the language does not have makes a document unreadable.
 */
export interface PolicyDocument {
  readonly version: Version;
  readonly statements: readonly Statement[];
}

/** Policy variables are variables from 2012 on; before, they are the text itself. */
export type Version = "2008-10-17" | "2012-10-17";

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly version: Version;
  readonly action: Entries;
  /** Undefined: what the document is attached to. */
  readonly resource: Entries | undefined;
  /** Undefined: whom the document is attached to. */
  readonly principal: PrincipalElement | undefined;
  readonly conditions: readonly Condition[];
}

/** `negated`: all but these (`NotAction`, `NotResource`). */
export interface Entries {
  readonly negated: boolean;
  readonly entries: readonly string[];
}

export interface PrincipalElement {
  readonly negated: boolean;
  /**
   * By kind: `AWS`, `Service`, `Federated`, `CanonicalUser`. `"Principal": "*"` is everybody of
   * every kind.
   */
  readonly entries: ReadonlyMap<string, readonly string[]> | "everybody";
}

/** One operator with one key. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

const texts = v.union([
  v.pipe(
    v.string(),
    v.transform((text): string[] => [text]),
  ),
  v.array(v.string()),
]);
const scalar = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));
const scalars = v.union([
  v.pipe(
    scalar,
    v.transform((value): string[] => [value]),
  ),
  v.array(scalar),
]);
const principal = v.union([
  v.literal("*"),
  v.record(v.picklist(["AWS", "Service", "Federated", "CanonicalUser"]), texts),
]);

const statementSchema = v.pipe(
  v.strictObject({
    Sid: v.optional(v.string()),
    Effect: v.picklist(["Allow", "Deny"]),
    Principal: v.optional(principal),
    NotPrincipal: v.optional(principal),
    Action: v.optional(texts),
    NotAction: v.optional(texts),
    Resource: v.optional(texts),
    NotResource: v.optional(texts),
    Condition: v.optional(v.record(v.string(), v.record(v.string(), scalars))),
  }),
  v.check(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined)),
  v.check(({ Resource, NotResource }) => Resource === undefined || NotResource === undefined),
  v.check(({ Principal, NotPrincipal }) => Principal === undefined || NotPrincipal === undefined),
);
const documentSchema = v.strictObject({
  Version: v.optional(v.picklist(["2008-10-17", "2012-10-17"]), "2008-10-17"),
  Id: v.optional(v.string()),
  Statement: v.union([
    v.pipe(
      statementSchema,
      v.transform((one) => [one]),
    ),
    v.array(statementSchema),
  ]),
});

type WrittenStatement = v.InferOutput<typeof statementSchema>;

/**
 * @param text JSON; undefined where it is no policy document that can be read, e.g. since a member
 * stands in it twice
 */
export function parsePolicy(text: string): PolicyDocument | undefined {
  try {
    return policyOf(parseStrictJson(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** As `parsePolicy`, of JSON that was read. */
export function policyOf(value: unknown): PolicyDocument | undefined {
  const parsed = v.safeParse(documentSchema, value);
  return parsed.success ? documentOf(parsed.output) : undefined;
}

function documentOf({ Version, Statement }: v.InferOutput<typeof documentSchema>): PolicyDocument {
  return { version: Version, statements: Statement.map((written) => statementOf(written, Version)) };
}

function statementOf(written: WrittenStatement, version: Version): Statement {
  const { Sid, Effect, Condition = {} } = written;
  return {
    sid: Sid,
    effect: Effect,
    version,
    action: entriesOf(written.Action, written.NotAction) ?? { negated: false, entries: [] },
    resource: entriesOf(written.Resource, written.NotResource),
    principal: principalOf(written.Principal, false) ?? principalOf(written.NotPrincipal, true),
    conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
    ),
  };
}

function entriesOf(entries: readonly string[] | undefined, others: readonly string[] | undefined): Entries | undefined {
  if (entries !== undefined) return { negated: false, entries };
  return others === undefined ? undefined : { negated: true, entries: others };
}

function principalOf(
  written: v.InferOutput<typeof principal> | undefined,
  negated: boolean,
): PrincipalElement | undefined {
  if (written === undefined) return undefined;
  if (written === "*") return { negated, entries: "everybody" };
  return { negated, entries: new Map(Object.entries(written).map(([kind, entries]) => [kind, entries ?? []])) };
}
