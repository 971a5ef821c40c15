import { issuerPrefix } from "../../model/names";
import { grouped } from "../attributes";
import * as order from "../direction";
import type { FieldChange } from "../field-change";
import type { Block } from "./blocks";
import { factsOf, membershipFacts, principalsIn, readersAmong, thingsIn } from "./facts";
import { Mentions } from "./mentions";
import { type Owned, ownedBy, type Side } from "./owned";
import type { Fact } from "./reach";
import { principalsOn, strongAmong, whoOf } from "./strong";

/** What a resource of others does to what keys depend on, and did not; or no longer does. */
export interface ForeignChange {
  readonly stack: string;
  /** `role app`, or the address of a resource. */
  readonly name: string;
  readonly fields: readonly FieldChange[];
}

/**
 * What others gain or lose, beside reading keys, which is told with each key.
 * @param isPart whether a resource is judged as one that the constructs render
 */
export function reviewForeign(
  before: Side,
  after: Side,
  isPart: (stack: string, address: string) => boolean,
): ForeignChange[] {
  const owned = ownedBy([before, after]);
  if (owned.length === 0) return [];
  const strong = [before, after].map((side) =>
    strongAmong(
      principalsOn(side.resources, side.stacks),
      owned,
      readersAmong(side.inventory.keys.map((key) => key.readers)),
    ),
  );
  // Who begins to reach keys is told as such; what is told here is what becomes of those who did
  // before.
  const [old = [], young = []] = strong;
  const known = new Set(old.map(whoOf));
  const all = [...owned, ...young.filter((each) => known.has(whoOf(each)))];
  const things = new Set(
    [before, after].flatMap((side) => [...side.stacks.values()].flatMap((stack) => [...thingsIn(stack, owned)])),
  );
  const mentions = new Mentions(all, new Set([...things].map(({ address }) => address)));
  const facts = [before, after].map((side) => allFacts(side, all, things, mentions, isPart));
  return differences(facts[0] ?? [], facts[1] ?? []);
}

function allFacts(
  side: Side,
  owned: readonly Owned[],
  things: ReadonlySet<Block>,
  mentions: Mentions,
  isPart: (stack: string, address: string) => boolean,
): Fact[] {
  const reading = new Set(side.inventory.keys.flatMap(({ readers }) => readers));
  return [...side.stacks.values()].flatMap((stack) => {
    const principals = principalsIn(side.resources, stack);
    const declares = declaresIn(side, stack.stack);
    const facts = factsOf(stack, principals, owned, things, mentions, declares, (address) =>
      isPart(stack.stack, address),
    );
    const groups = principals.filter(({ kind }) => kind === "group");
    const told = new Set(facts.map(({ subject }) => subject));
    const strong = groups.filter(({ label }) => told.has(label) || [...reading].some((each) => each.startsWith(label)));
    const names = (list: typeof groups) => new Set(list.map(({ name }) => name));
    return [...facts, ...membershipFacts(stack, names(strong), names(groups))];
  });
}

function declaresIn({ inventory }: Side, stack: string): (owned: Owned) => boolean {
  const prefixes = new Set(
    [
      ...inventory.issuers.filter((issuer) => issuer.stack === stack).map(({ name }) => name),
      ...inventory.keys
        .filter((key) => key.stack === stack && key.address !== "")
        .map(({ name }) => issuerPrefix(name)),
    ].map((prefix) => `keys under ${prefix}/`),
  );
  return ({ label }) => prefixes.has(label);
}

function differences(before: readonly Fact[], after: readonly Fact[]): ForeignChange[] {
  const by = ({ stack, subject }: Fact) => `${stack}\n${subject}`;
  const [old, young] = [grouped(before, by), grouped(after, by)];
  return [...new Set([...old.keys(), ...young.keys()])].sort().flatMap((key) => {
    const [was, is] = [old.get(key) ?? [], young.get(key) ?? []];
    const [{ stack, subject } = { stack: "", subject: "" }] = [...is, ...was];
    const fields = [...new Set([...was, ...is].map(({ does }) => does))].sort().flatMap((does) => {
      const [lost, gained] = [was, is].map((facts) => saidOf(facts, does));
      const said = [...was, ...is].filter((fact) => fact.does === does);
      const within = said.some(({ either }) => either)
        ? order.identical
        : said.some(({ denies }) => denies)
          ? order.guards
          : order.listed;
      return fieldOf(does, within, lost ?? [], gained ?? []);
    });
    return fields.length === 0 ? [] : [{ stack, name: subject, fields }];
  });
}

function saidOf(facts: readonly Fact[], does: string): string[] {
  return [...new Set(facts.filter((fact) => fact.does === does).map(({ how }) => how))].sort();
}

function fieldOf(
  field: string,
  within: order.Within<readonly string[]>,
  before: readonly string[],
  after: readonly string[],
): FieldChange[] {
  const direction = order.directionOf(within, before, after);
  if (direction === "same") return [];
  const words = (list: readonly string[]) => (list.length === 0 ? "nothing" : list.map(shortened).join("; "));
  return [
    {
      field,
      direction,
      before,
      after,
      was: words(before),
      is: words(after),
      added: [],
      removed: [],
    },
  ];
}

const WORDS_MAX = 300;

function shortened(text: string): string {
  return text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX)} …` : text;
}
