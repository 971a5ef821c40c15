import { defined } from "../defined";
import type { KeyPolicy } from "../key-policy";
import { type IamUsers, ISSUER_TAG } from "../names";
import type { Places } from "../policies";

/**
 * What review knows of an attribute that the constructs render. `renders` looks at what stands
 * after a change and says whether the constructs write it like that; what they do not write like
 * that, nobody can tell.
 */
export interface Rule {
  /** Two values of one form mean the same. Absent: `formOf`. */
  readonly form?: (value: unknown) => unknown;
  readonly renders: (value: unknown, about: About) => boolean;
  /** The provider's own answer: it may change freely, and configuration never has it. */
  readonly computed?: true;
  /**
   * The provider reads it back and never plans another one: where a plan has another one, somebody
   * has written it.
   */
  readonly readBack?: true;
  /** Attributes of the one block that may stand here. */
  readonly block?: Rules;
  /** `block` is a map by name. */
  readonly map?: true;
  /**
   * Field of the review that tells a change between two rendered values, and the order to compare
   * by where it is silent. `of`: the part of the value that it tells of; the rest follows from
   * names. Absent: all of it.
   */
  readonly told?: {
    readonly field: string;
    readonly order: OrderName;
    readonly of?: (value: unknown, about: About) => unknown;
  };
  /** Of what is never written: whether the provider says this by itself. */
  readonly isDefault?: (value: unknown) => boolean;
  /** What one has to be that has no value before it: nothing else compares it with anything. */
  readonly renderedAnew?: (value: unknown, about: About) => boolean;
  /** In a plan, which knows the value, what is written is looked at as well: it says more. */
  readonly asWritten?: true;
}

export type Rules = Readonly<Record<string, Rule>>;

/** How two values are compared; `src/review/owned/orders.ts` has the orders. */
export type OrderName = "identical" | "harmless" | "guards" | "listed" | "atLeast" | "encryption" | "placed";

/** Whose part a resource is, and what is known of it. */
export interface About {
  /** Of the issuer. */
  readonly prefix: string;
  /** Of functions, their roles, policies and logs. */
  readonly role: "controller" | "observer";
  /** Of alarms: what follows the issuer's name, e.g. `sweep-overdue`. */
  readonly alarm: string;
  /** Texts that name where the stack is: literal in plans, references in configuration. */
  readonly here: Here;
  /** Name, secret and policy of a key; the policy is undefined where it cannot be read. */
  readonly key: { readonly name: string; readonly secret: string; readonly policy: KeyPolicy | undefined };
  /**
   * ARN of the role of one of the issuer's functions: as its resource has it where that is in
   * sight, else as it is by default.
   */
  roleArn(role: "controller" | "observer"): string;
  /** What the policy of a function's role follows from, as the function's resource has it. */
  functionOf(role: "controller" | "observer"): FunctionFacts;
  /** Whether a text names the secret of a key of any issuer in sight. */
  isKeySecret(text: string): boolean;
  /** Whether a secret is the admin key of an issuer for another vendor. */
  isAdminKeyOfAnother(text: string): boolean;
  /** Digest of the project limits that the issuer declares. */
  readonly account: string | undefined;
  /** Whether plans ask the issuer's observer in this stack; undefined: not told. */
  readonly observed: boolean | undefined;
  /** Repair token that the observer has given; undefined: not told. */
  readonly repair: (key: string) => string | undefined;
  /** Seconds between sweeps; undefined where they cannot be read. */
  readonly sweepSeconds: number | undefined;
  /**
   * Days before expiry at which the issuer's alarm goes off, as its keys have it; undefined where
   * not all are in sight.
   */
  readonly expiryAlarmDays: number | undefined;
  /**
   * Name of the part of the same key or issuer that a text refers to, by that attribute; those of a
   * key's issuer as `issuer:<part>`.
   */
  partOf(text: string, attribute: string): string | undefined;
  /** Whether a part of that name stands in the same stack. */
  has(part: string): boolean;
}

export interface FunctionFacts {
  /** Of the code, where its hash is known. */
  readonly vendor: string | undefined;
  /** Name or ARN of the secret with the admin key: as it is known, and as it is written. */
  readonly adminSecrets: readonly string[];
  readonly inVpc: boolean;
  /** ARNs that the permissions boundary of the issuer's IAM users may have. */
  readonly boundaries: readonly string[];
  /** What its IAM users may be, as the function is told. */
  readonly users: readonly IamUsers[];
}

export interface Here {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** A resource that the constructs render. */
export interface RenderedPart {
  readonly type: string;
  readonly of: "key" | "issuer";
  /** Whether each has it. */
  readonly required: boolean;
  readonly rules: Rules;
  /**
   * Parts that `depends_on` names; those of another subject as `issuer:<part>`, which count where
   * they are in the same stack.
   */
  readonly dependsOn: readonly string[];
}

/** Absent, empty and null mean the same to Terraform. */
export function formOf(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(formOf);
  if (typeof value !== "object") return value;
  const pairs = Object.entries(value)
    .map(([name, inner]) => [name, formOf(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

export function sameForm(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(formOf(a)) === JSON.stringify(formOf(b));
}

/** Written as one of these. */
export function fixed(...values: readonly unknown[]): Rule {
  return { renders: (value) => values.some((each) => sameForm(each, value)) };
}

/** Never written; the provider says nothing of it, or one of these. */
export function unset(...defaults: readonly unknown[]): Rule {
  const isDefault = (value: unknown) => [undefined, ...defaults].some((each) => sameForm(each, value));
  return { renders: isDefault, isDefault };
}

export const computed: Rule = { computed: true, renders: () => true };

export const readBack: Rule = { ...computed, readBack: true };

/** Follows from names and facts. */
export function derived(renders: Rule["renders"], form?: Rule["form"]): Rule {
  return form === undefined ? { renders } : { renders, form };
}

export function named(name: (about: About) => string): Rule {
  return derived((value, about) => value === name(about));
}

/** Of which a field of the review says what a change means. */
export function told(
  field: string,
  order: OrderName,
  renders: Rule["renders"],
  more: Pick<Rule, "form" | "renderedAnew"> & { readonly of?: NonNullable<Rule["told"]>["of"] } = {},
): Rule {
  const { of, ...rest } = more;
  return {
    told: { field, order, ...defined({ of }) },
    renders,
    ...rest,
  };
}

/** A reference to another part, or what that is once it is known. */
export function refersTo(
  part: (about: About) => string,
  attribute: string,
  known: (value: string, about: About) => boolean,
): Rule {
  return derived((value, about) => {
    if (typeof value !== "string") return false;
    return about.partOf(value, attribute) === part(about) || known(value, about);
  });
}

/** At most one block. */
export function block(rules: Rules, required = false): Rule {
  return {
    block: rules,
    form: (value) => blocksOf(value).map(formOf),
    renders: (value) => blocksOf(value).length <= 1 && (!required || blocksOf(value).length === 1),
  };
}

/** Blocks come as an object, or as a list of one. */
export function blocksOf(value: unknown): unknown[] {
  if (formOf(value) === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

export function arnOf({ here }: About, service: string, resource: string): string {
  return `arn:${here.partition}:${service}:${here.region}:${here.account}:${resource}`;
}

/** The same for documents. */
export function placesOf(about: About): Places {
  const { partition, account, region } = about.here;
  return {
    account,
    region,
    arn: (service, resource) => arnOf(about, service, resource),
    iamArn: (resource) => `arn:${partition}:iam::${account}:${resource}`,
    managedPolicyArn: (name) => `arn:${partition}:iam::aws:policy/${name}`,
  };
}

/** Whoever attaches rights to tags names them by this. */
const OWN_TAG = /^(?:scoped-keys|aws)[:_-]/i;

/** Tags of people. Those in the library's own name may carry rights. */
export const tags: Rule = told("tags", "harmless", (value) => areTags(value));

/** The same, and the one that binds the controller's rights. */
export const tagsOfSecret: Rule = told("tags", "harmless", (value, { prefix }) => {
  const form = formOf(value);
  if (typeof form !== "object" || form === null || Array.isArray(form)) return false;
  const { [ISSUER_TAG]: issuer, ...others } = Object.fromEntries(Object.entries(form));
  return issuer === prefix && areTags(others);
});

/** Whether tags are those of people. */
export function areTags(value: unknown): boolean {
  const form = formOf(value);
  if (form === undefined) return true;
  return (
    typeof form === "object" &&
    form !== null &&
    !Array.isArray(form) &&
    Object.entries(form).every(([name, text]) => typeof text === "string" && !OWN_TAG.test(name))
  );
}
