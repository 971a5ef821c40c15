import { type About, blocksOf, formOf, type RenderedPart, type Rule, type Rules } from "../../model/rendered/rule";
import { type Attributes, isAttributes } from "../attributes";
import type { Direction } from "../direction";
import type { FieldChange } from "../field-change";
import { holdsUnknown } from "../guardrail-facts";
import type { Resource } from "../resources";
import { directionBy } from "./orders";

/** A difference, or what a field of the review tells in its stead. */
export interface Difference {
  readonly change: FieldChange;
  /** Name of the field that tells it, if there is such a one. */
  readonly told: string | undefined;
}

/** What Terraform itself takes; the constructs write none of it but `depends_on`. */
const META = ["lifecycle", "provisioner", "connection", "count", "for_each", "provider", "dynamic"] as const;

const WORDS_MAX = 200;

/** One difference that nobody can judge, or that is judged already. */
export function changeOf(
  field: string,
  before: unknown,
  after: unknown,
  direction: Direction = "unknown",
): FieldChange {
  return { field, direction, before, after, was: words(before), is: words(after), added: [], removed: [] };
}

function words(value: unknown): string {
  if (formOf(value) === undefined) return "none";
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return said.length > WORDS_MAX ? `${said.slice(0, WORDS_MAX)} …` : said;
}

const KNOWN_LATER = "known after apply";

/**
 * What a change of one resource is beyond what the constructs render.
 * @param before undefined: it is new, and then all of it has to be as rendered
 */
export function differences(
  part: RenderedPart,
  before: { readonly resource: Resource; readonly about: About } | undefined,
  after: { readonly resource: Resource; readonly about: About },
): Difference[] {
  const { resource, about } = after;
  const inPlan = resource.planned;
  // Most of a stack stays as it is, and in a folder that is all there is to see.
  if (!inPlan && before !== undefined && identical(before.resource.written, resource.written)) return [];
  const old = before === undefined ? {} : shown(before.resource);
  const young = shown(resource);
  const found = attributesOf(part.rules, {
    path: resource.address,
    old,
    young,
    written: resource.written,
    mask: resource.mask,
    isNew: before === undefined,
    inPlan,
    about,
    oldAbout: before?.about,
  });
  return [...found, ...metaOf(part, before?.resource, resource, about).map((change) => ({ change, told: undefined }))];
}

/** What is compared: in a folder what is written, in a plan the values. */
function shown(resource: Resource): Attributes {
  const attributes = resource.planned ? resource.values : (resource.written ?? resource.values);
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => name !== "depends_on" && !META.some((each) => each === name)),
  );
}

interface Sides {
  readonly path: string;
  readonly old: Attributes;
  readonly young: Attributes;
  readonly written: Attributes | undefined;
  readonly mask: Attributes;
  readonly isNew: boolean;
  readonly inPlan: boolean;
  readonly about: About;
  readonly oldAbout: About | undefined;
}

function attributesOf(rules: Rules, sides: Sides): Difference[] {
  const unknown = Object.keys(sides.mask).filter((name) => holdsUnknown(sides.mask[name]));
  const names = new Set([...Object.keys(rules), ...Object.keys(sides.old), ...Object.keys(sides.young), ...unknown]);
  return [...names]
    .sort()
    .flatMap((name) => ofAttribute(name, Object.hasOwn(rules, name) ? rules[name] : undefined, sides));
}

function ofAttribute(name: string, rule: Rule | undefined, sides: Sides): Difference[] {
  const { isNew, inPlan, about, oldAbout } = sides;
  const path = `${sides.path}.${name}`;
  const [old, young, written] = [sides.old[name], sides.young[name], sides.written?.[name]];
  const masked = sides.mask[name];
  const untold = (after: unknown): Difference[] => [{ change: changeOf(path, old, after), told: undefined }];
  if (rule === undefined) {
    if (holdsUnknown(masked)) return untold(KNOWN_LATER);
    return identical(old, young) || JSON.stringify(formOf(old)) === JSON.stringify(formOf(young)) ? [] : untold(young);
  }
  if (rule.computed) {
    const isKnown = !holdsUnknown(masked) && !(isNew && formOf(young) === undefined);
    if (rule.readBack && inPlan && isKnown && !same(rule, old, young)) return untold(young);
    const given = inPlan ? written : young;
    return formOf(given) === undefined || (!inPlan && !isNew && same(rule, old, young)) ? [] : untold(given);
  }
  if (!isNew && masked === undefined && identical(old, young) && !rule.asWritten) return [];
  if (rule.block !== undefined) return ofBlock(rule, rule.block, name, sides, untold);
  if (holdsUnknown(masked) && masked !== false) {
    // Of a set that the provider completes, what is written is known.
    if (written === undefined && formOf(young) === undefined) {
      return rule.renders(undefined, about) ? [] : untold(KNOWN_LATER);
    }
    // What is written out is known when the plan is made.
    const later = masked !== true || JSON.stringify(written ?? "").includes("${");
    return later && isRendered(rule, written, isNew, about) ? [] : untold(KNOWN_LATER);
  }
  const changed = isNew || !same(rule, old, young);
  if (rule.asWritten && inPlan && typeof written === "string" && !rule.renders(written, about)) return untold(written);
  if (!changed) return [];
  if (!isRendered(rule, young === null || young === "" ? undefined : young, isNew, about)) return untold(young);
  if (isNew || oldAbout === undefined) return [];
  if (rule.told !== undefined) {
    const { of } = rule.told;
    if (of !== undefined && JSON.stringify(of(old, oldAbout)) === JSON.stringify(of(young, about))) return [];
    return [{ change: changeOf(path, old, young, directionBy(rule.told.order, old, young)), told: rule.told.field }];
  }
  // From something else back to what the constructs render.
  const wasRendered = rule.renders(old === null || old === "" ? undefined : old, oldAbout);
  return wasRendered ? [] : [{ change: changeOf(path, old, young, "same"), told: undefined }];
}

function isRendered(rule: Rule, value: unknown, isNew: boolean, about: About): boolean {
  return rule.renders(value, about) && (!isNew || rule.renderedAnew?.(value, about) !== false);
}

function identical(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));
}

function same({ form = formOf }: Rule, a: unknown, b: unknown): boolean {
  return JSON.stringify(form(a)) === JSON.stringify(form(b));
}

function ofBlock(
  rule: Rule,
  rules: Rules,
  name: string,
  sides: Sides,
  untold: (after: unknown) => Difference[],
): Difference[] {
  const [old, young, written] = [sides.old[name], sides.young[name], sides.written?.[name]].map((value) =>
    blocksOf(value),
  );
  const masked = sides.mask[name];
  // A map is no list of one.
  if (rule.map && Array.isArray(sides.young[name]) && !Array.isArray(sides.old[name])) return untold(sides.young[name]);
  if (masked === true)
    return formOf(written) === undefined && rule.renders(undefined, sides.about) ? [] : untold(KNOWN_LATER);
  const changed = sides.isNew || JSON.stringify(formOf(old)) !== JSON.stringify(formOf(young)) || holdsUnknown(masked);
  if (!changed) return [];
  if (!rule.renders(sides.young[name], sides.about) || young?.some((each) => !isAttributes(each))) {
    return untold(sides.young[name]);
  }
  const one = (list: unknown[] | undefined): Attributes => list?.find(isAttributes) ?? {};
  if ((old?.length ?? 0) > 1)
    return [{ change: changeOf(`${sides.path}.${name}`, old, young, "same"), told: undefined }];
  const gone = young?.length === 0 && (old?.length ?? 0) > 0;
  const appears = young?.length === 0 && !gone;
  if (appears) return [];
  return attributesOf(rules, {
    ...sides,
    path: `${sides.path}.${name}`,
    old: one(old),
    young: one(young),
    written: written === undefined ? undefined : one(written),
    mask: one(blocksOf(masked)),
  }).map((difference) =>
    // A whole block is gone: what its attributes have to be does not matter.
    gone && difference.told === undefined
      ? { ...difference, change: { ...difference.change, direction: "unknown" } }
      : difference,
  );
}

function metaOf(part: RenderedPart, before: Resource | undefined, after: Resource, about: About): FieldChange[] {
  const written = after.written ?? {};
  const found = META.flatMap((name) => {
    const [old, young] = [before?.written?.[name], written[name]];
    return JSON.stringify(formOf(old)) === JSON.stringify(formOf(young))
      ? []
      : [changeOf(`${after.address}.${name}`, old, young)];
  });
  if (after.written === undefined) return found;
  const [old, young] = [dependencies(before?.written, about), dependencies(written, about)];
  const told = before?.written !== undefined && JSON.stringify(old) === JSON.stringify(young);
  const rendered = JSON.stringify(young) === JSON.stringify(expected(part, about));
  return told || rendered
    ? found
    : [...found, changeOf(`${after.address}.depends_on`, before?.written?.["depends_on"], written["depends_on"])];
}

/** Parts by name, anything else by address. */
function dependencies(written: Attributes | undefined, about: About): string[] {
  const list = written?.["depends_on"];
  return (Array.isArray(list) ? list : [])
    .map((address) => about.partOf(`\${${address}.id}`, "id") ?? String(address))
    .sort();
}

/** Those of another subject count where they stand in the same stack. */
function expected(part: RenderedPart, about: About): string[] {
  return part.dependsOn.filter((name) => !name.startsWith("issuer:") || about.has(name)).sort();
}
