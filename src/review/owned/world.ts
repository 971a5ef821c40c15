import { ENVIRONMENT } from "../../model/environment";
import { REPAIR_NONE } from "../../model/events";
import { expiryAlarmDays } from "../../model/expiry-alarm";
import type { KeyPolicy } from "../../model/key-policy";
import {
  functionName,
  IAM_PATH,
  IAM_USERS,
  iamBoundaryName,
  issuerBase,
  issuerPrefix,
  roleName,
  sharedName,
} from "../../model/names";
import { projectLimitsDigest } from "../../model/project-limits";
import { RENDERED } from "../../model/rendered";
import { readInput } from "../../model/rendered/input";
import type { About, FunctionFacts, RenderedPart } from "../../model/rendered/rule";
import { rotationSchedule } from "../../model/rotation-schedule";
import { vendorDescriptors } from "../../vendors/descriptors";
import { blocks, grouped, isAttributes, json, text } from "../attributes";
import type { FieldChange } from "../field-change";
import { everySeconds } from "../fields";
import { iamUsersOf } from "../iam-users";
import type { Inventory, KeyFacts } from "../inventory-facts";
import type { IssuerFacts } from "../issuer-facts";
import type { Resource, Snapshot } from "../resources";
import { changeOf, type Difference, differences } from "./differences";
import { EXTRA, OwnedNames, type Part, partsIn } from "./parts";

/** Both sides of a change, as far as the constructs render them. */
export class OwnedWorld {
  readonly #names: OwnedNames;
  readonly #before: Side;
  readonly #after: Side;
  readonly stacks: readonly string[];

  constructor(
    readonly before: { readonly snapshot: Snapshot; readonly inventory: Inventory },
    readonly after: { readonly snapshot: Snapshot; readonly inventory: Inventory },
  ) {
    this.#names = new OwnedNames([before.snapshot, after.snapshot]);
    this.#before = new Side(before.snapshot, before.inventory, this.#names);
    this.#after = new Side(after.snapshot, after.inventory, this.#names);
    this.stacks = [...new Set([...this.#before.owned, ...this.#after.owned])].sort();
  }

  /** Part of a resource, on the side after the change. */
  partOf(stack: string, address: string): Part | undefined {
    return this.#after.part(stack, address) ?? this.#before.part(stack, address);
  }

  ofKey(before: KeyFacts | undefined, after: KeyFacts | undefined): Difference[] {
    return this.#differences("key", before, after);
  }

  ofIssuer(before: IssuerFacts | undefined, after: IssuerFacts | undefined): Difference[] {
    return this.#differences("issuer", before, after);
  }

  isLeft(stack: string): boolean {
    return this.#after.owned.has(stack);
  }

  /** What stands under owned names, and is of no key and no issuer that either side declares. */
  strays(known: ReadonlySet<string>): Array<Difference & { readonly stack: string }> {
    return this.#after.subjects
      .filter((subject) => !known.has(subject))
      .flatMap((subject) => this.#after.ofSubject(subject))
      .filter(({ resource }) => !this.#before.same(resource))
      .map(({ resource }) => ({ ...stray(resource), stack: resource.stack }));
  }

  #differences(of: Part["of"], before: Named | undefined, after: Named | undefined): Difference[] {
    const old = before === undefined ? [] : this.#before.ofSubject(subjectOf(before.stack, of, before.name));
    const young = after === undefined ? [] : this.#after.ofSubject(subjectOf(after.stack, of, after.name));
    const found: Difference[] = [];
    const [oldParts, youngParts] = [grouped(old, ({ part }) => part.name), grouped(young, ({ part }) => part.name)];
    for (const name of new Set([...oldParts.keys(), ...youngParts.keys()])) {
      const rendered = RENDERED[name];
      const pairs = paired(oldParts.get(name) ?? [], youngParts.get(name) ?? []);
      if (name === EXTRA || rendered === undefined) {
        found.push(...this.#extras(pairs));
        continue;
      }
      let seen = 0;
      for (const pair of pairs) {
        if (pair.after === undefined) {
          found.push(...this.#gone(pair.before, rendered, after));
          continue;
        }
        seen += 1;
        // Of what there is once a second one is one too many, whichever it is.
        if (seen > 1 && !MANY.has(name) && !(pair.before !== undefined && this.#before.same(pair.after.resource))) {
          found.push(stray(pair.after.resource));
        }
        if (MANY.has(name) && pair.before === undefined) found.push(granted(pair.after));
        // Another role is another grant.
        else if (GRANTS.has(name) && pair.before !== undefined && roleOf(pair.before) !== roleOf(pair.after)) {
          found.push(granted(pair.after));
        }
        found.push(
          ...differences(
            rendered,
            pair.before && { resource: pair.before.resource, about: this.#before.about(pair.before) },
            { resource: pair.after.resource, about: this.#after.about(pair.after) },
          ),
        );
      }
    }
    return [...found, ...this.#missing(of, before, after, oldParts, youngParts)];
  }

  #extras(pairs: ReadonlyArray<Pair>): Difference[] {
    return pairs.flatMap(({ before, after }) => {
      if (after === undefined) {
        // One invoker less is told by who is left.
        return before?.resource.type === "aws_lambda_permission" ? [] : [removed(before)];
      }
      return this.#before.same(after.resource) ? [] : [stray(after.resource)];
    });
  }

  #gone(before: Owned | undefined, part: RenderedPart, subject: Named | undefined): Difference[] {
    if (before === undefined) return [];
    const still = this.#after.at(before.resource);
    if (still !== undefined) {
      const about = this.#before.about(before);
      const found = differences(part, { resource: before.resource, about }, { resource: still, about });
      return found.length > 0 ? found : [left(before)];
    }
    if (subject === undefined) return [];
    const difference = removed(before);
    if (GRANTS.has(before.part.name)) {
      const words = `role ${roleOf(before)} may ${before.part.name}`;
      return [{ change: changeOf(before.resource.address, words, undefined, "tighter"), told: undefined }];
    }
    const told = TOLD_GONE[before.part.name];
    return [told === undefined ? difference : { ...difference, told }];
  }

  /** Whatever is new has all that the constructs render. */
  #missing(
    of: Part["of"],
    before: Named | undefined,
    after: Named | undefined,
    old: ReadonlyMap<string, unknown>,
    young: ReadonlyMap<string, unknown>,
  ): Difference[] {
    if (after === undefined || (before !== undefined && old.size > 0)) return [];
    if (young.size === 0) return [];
    return Object.entries(RENDERED)
      .filter(([name, part]) => part.of === of && !young.has(name) && (part.required || this.#demands(name, after)))
      .map(([name, { type }]) => ({ change: changeOf(`${type} (${name})`, undefined, "missing"), told: undefined }));
  }

  /** What those have of which it is demanded by what they are. */
  #demands(name: string, { stack, name: subject }: Named): boolean {
    if (name !== "rotation") return false;
    const policy = this.#after.policyOf(stack, subject);
    return policy !== undefined && isRotated(policy, subject);
  }
}

/** Rights on an issuer. */
const GRANTS: ReadonlySet<string> = new Set(["operate", "plan"]);
/** Of what there may be several. */
const MANY: ReadonlySet<string> = GRANTS;

function granted(owned: Owned): Difference {
  const { resource, part } = owned;
  const words = `role ${roleOf(owned)} may ${part.name}`;
  return { change: changeOf(resource.address, undefined, words, "looser"), told: undefined };
}

function roleOf({ resource: { values, written } }: Owned): string {
  return text(values, "role") ?? text(written ?? {}, "role") ?? "known after apply";
}

/** Fields that tell that a part is gone. */
const TOLD_GONE: Readonly<Record<string, string>> = { rotation: "schedule", account: "project" };

interface Named {
  readonly stack: string;
  readonly name: string;
}

interface Owned {
  readonly resource: Resource;
  readonly part: Part;
}

interface Pair {
  readonly before: Owned | undefined;
  readonly after: Owned | undefined;
}

function stray({ address, type, values }: Resource): Difference {
  return { change: changeOf(address, undefined, `an extra ${type}: ${JSON.stringify(values)}`), told: undefined };
}

function removed(owned: Owned | undefined): Difference {
  return { change: changeOf(owned?.resource.address ?? "", owned?.resource.type, "removed"), told: undefined };
}

function left({ resource: { address, type } }: Owned): Difference {
  return { change: changeOf(address, type, "stays, although what it belongs to is gone"), told: undefined };
}

function subjectOf(stack: string, of: Part["of"], name: string): string {
  return JSON.stringify([stack, of, name]);
}

/** By address; then what is left, in the order in which it stands. */
function paired(before: readonly Owned[], after: readonly Owned[]): Pair[] {
  const young = new Map(after.map((owned) => [owned.resource.address, owned]));
  const pairs: Pair[] = [];
  const left: Owned[] = [];
  for (const owned of before) {
    const match = young.get(owned.resource.address);
    if (match === undefined) left.push(owned);
    else pairs.push({ before: owned, after: match });
    young.delete(owned.resource.address);
  }
  const fresh = [...young.values()];
  return [
    ...pairs,
    ...left.map((owned, i) => ({ before: owned, after: fresh[i] })),
    ...fresh.slice(left.length).map((owned) => ({ before: undefined, after: owned })),
  ];
}

class Side {
  readonly #parts: ReadonlyMap<string, ReadonlyMap<string, Part>>;
  readonly #resources = new Map<string, Resource>();
  readonly #bySubject = new Map<string, Owned[]>();
  readonly #policies: ReadonlyMap<string, KeyPolicy | undefined>;
  readonly #issuers: ReadonlyMap<string, IssuerFacts>;
  readonly #alarmDays = new Map<string, number | undefined>();
  /** Names of the stacks that hold anything owned. */
  readonly owned = new Set<string>();

  constructor(
    private readonly snapshot: Snapshot,
    inventory: Inventory,
    private readonly names: OwnedNames,
  ) {
    this.#parts = new Map(
      [...grouped(snapshot.resources, ({ stack }) => stack)].map(([stack, resources]) => [
        stack,
        partsIn(resources, names),
      ]),
    );
    for (const resource of snapshot.resources) {
      this.#resources.set(placeOf(resource), resource);
      const part = this.part(resource.stack, resource.address);
      if (part === undefined) continue;
      this.owned.add(resource.stack);
      const subject = subjectOf(resource.stack, part.of, part.subject);
      const list = this.#bySubject.get(subject);
      if (list === undefined) this.#bySubject.set(subject, [{ resource, part }]);
      else list.push({ resource, part });
    }
    this.#policies = new Map(
      inventory.keys.map((key) => [`${key.stack}\n${key.name}`, key.policy ?? this.#written(key)]),
    );
    this.#issuers = new Map(inventory.issuers.map((issuer) => [issuer.name, issuer]));
    const byPrefix = grouped(
      inventory.keys.filter(({ address }) => address !== ""),
      ({ name }) => issuerPrefix(name),
    );
    for (const prefix of this.#issuers.keys()) {
      const keys = byPrefix.get(prefix) ?? [];
      const policies = keys.map(({ stack, name }) => this.#policies.get(`${stack}\n${name}`));
      const known = policies.every((policy) => policy !== undefined);
      const days = policies.flatMap((policy) => expiryAlarmDays(policy?.lifetime ?? NO_LIFE) ?? []);
      this.#alarmDays.set(prefix, !known ? undefined : days.length === 0 ? 1 : Math.min(...days));
    }
  }

  /** A plan that does not know an input yet quotes it as it is written. */
  #written({ stack, address }: KeyFacts): KeyPolicy | undefined {
    const input = readInput(this.#resources.get(`${stack}\n${address}`)?.written?.["input"]);
    return input?.kind === "key" ? input.policy : undefined;
  }

  get subjects(): string[] {
    return [...this.#bySubject.keys()];
  }

  policyOf(stack: string, secret: string): KeyPolicy | undefined {
    return this.#policies.get(`${stack}\n${secret}`);
  }

  part(stack: string, address: string): Part | undefined {
    return this.#parts.get(stack)?.get(address);
  }

  ofSubject(subject: string): readonly Owned[] {
    return this.#bySubject.get(subject) ?? [];
  }

  at(resource: Resource): Resource | undefined {
    return this.#resources.get(placeOf(resource));
  }

  /** Whether the same stands here. */
  same(resource: Resource): boolean {
    const other = this.at(resource);
    if (other === undefined || other.type !== resource.type) return false;
    if (resource.planned) return JSON.stringify(other.values) === JSON.stringify(resource.values) && isKnown(resource);
    return JSON.stringify(other.written) === JSON.stringify(resource.written);
  }

  about({ resource: { stack }, part }: Owned): About {
    const prefix = part.of === "key" ? issuerPrefix(part.subject) : part.subject;
    const issuer = this.#issuers.get(prefix);
    const [role] = part.name.split(" ");
    const parts = this.#parts.get(stack);
    return {
      prefix,
      role: role === "observer" ? "observer" : "controller",
      alarm: part.name.replace(/^alarm /, ""),
      here: this.snapshot.configurations.get(stack)?.here ?? NOWHERE,
      key: {
        name: part.subject.slice(prefix.length + 1),
        secret: part.subject,
        policy: this.#policies.get(`${stack}\n${part.subject}`),
      },
      roleArn: (role) => this.#roleArn(stack, prefix, role),
      functionOf: (role) => this.#functionOf(stack, prefix, role),
      isAdminKeyOfAnother: (given) => this.#isAdminKeyOfAnother(prefix, given),
      isKeySecret: (given) => isKeySecret(given, this.names, parts),
      account: this.#account(stack, prefix),
      observed: this.#isObserved(stack, prefix),
      repair: (key) => {
        const seen = this.snapshot.observed.get(functionName(prefix, "observer"));
        return seen === undefined ? undefined : (seen[key]?.repair ?? REPAIR_NONE);
      },
      sweepSeconds: everySeconds(issuer?.sweep),
      expiryAlarmDays: this.#alarmDays.get(prefix),
      partOf: (given, attribute) => {
        const [, address, named] = /^\$\{(aws_\w+\.[\w-]+)\.(\w+)\}$/.exec(given) ?? [];
        const found = address === undefined || named !== attribute ? undefined : parts?.get(address);
        if (found === undefined) return undefined;
        if (found.of === part.of && found.subject === part.subject) return found.name;
        return part.of === "key" && found.of === "issuer" && found.subject === prefix
          ? `issuer:${found.name}`
          : undefined;
      },
      has: (name) => {
        const wanted = name.replace(/^issuer:/, "");
        return this.ofSubject(subjectOf(stack, "issuer", prefix)).some((owned) => owned.part.name === wanted);
      },
    };
  }

  /** A controller shows its admin key to its vendor. */
  #isAdminKeyOfAnother(prefix: string, given: string): boolean {
    const vendorOf = (issuer: IssuerFacts | undefined) => issuer?.code.controller.vendor;
    const own = vendorOf(this.#issuers.get(prefix));
    return [...this.#issuers.values()].some(
      (other) =>
        other.name !== prefix &&
        vendorOf(other) !== own &&
        [other.adminSecret, other.observerAdminSecret].some(
          (secret) => secret !== undefined && nameOfSecret(secret) === nameOfSecret(given),
        ),
    );
  }

  /** In whichever stack the role is. */
  #roleArn(stack: string, prefix: string, role: "controller" | "observer"): string {
    const { partition, account, region } = this.snapshot.configurations.get(stack)?.here ?? NOWHERE;
    const arn = (path: string, name: string) => `arn:${partition}:iam::${account}:role${path}${name}`;
    for (const each of [stack, ...this.owned]) {
      const found = this.ofSubject(subjectOf(each, "issuer", prefix)).find(({ part }) => part.name === `${role} role`);
      if (found === undefined) continue;
      const { values, address } = found.resource;
      const name = text(values, "name");
      return name === undefined || text(values, "name_prefix") !== undefined
        ? (text(values, "arn") ?? `\${${address}.arn}`)
        : arn(text(values, "path") ?? "/", name);
    }
    return arn("/", roleName(functionName(prefix, role), region));
  }

  #functionOf(stack: string, prefix: string, role: "controller" | "observer"): FunctionFacts {
    const owned = this.ofSubject(subjectOf(stack, "issuer", prefix));
    const resource = owned.find(({ part }) => part.name === `${role} function`)?.resource;
    const told = [resource?.values ?? {}, resource?.written ?? {}];
    const variables = (name: string) =>
      told
        .flatMap((each) => blocks(each, "environment"))
        .flatMap((each) => blocks(each, "variables"))
        .flatMap((each) => text(each, name) ?? []);
    const own = this.snapshot.configurations.get(stack)?.here ?? NOWHERE;
    const settings = variables(ENVIRONMENT.vendorSettings).map(json).filter(isAttributes);
    const givenBoundaries = settings.flatMap((each) => text(each, "permissionsBoundary") ?? []);
    const rendered = `arn:${own.partition}:iam::${own.account}:policy${IAM_PATH}${iamBoundaryName(prefix)}`;
    return {
      vendor: this.#issuers.get(prefix)?.code[role]?.vendor,
      adminSecrets: [...new Set(variables(ENVIRONMENT.adminSecret))],
      inVpc: told.some((each) => blocks(each, "vpc_config").length > 0),
      boundaries: [...givenBoundaries, ...(owned.some(({ part }) => part.name === "boundary") ? [rendered] : [])],
      users: settings.length === 0 ? [IAM_USERS] : settings.map(iamUsersOf),
    };
  }

  /**
   * Digest of what the issuer declares for the project; in a plan that does not know it yet, as it
   * is written.
   */
  #account(stack: string, prefix: string): string | undefined {
    const declared = this.ofSubject(subjectOf(stack, "issuer", prefix)).find(({ part }) => part.name === "account");
    const { values, written } = declared?.resource ?? {};
    const input = readInput(written?.["input"]) ?? readInput(values?.["input"]);
    return input?.kind === "account" ? projectLimitsDigest(input.account) : undefined;
  }

  /** Whether the stack has the data source that asks the issuer's observer. */
  #isObserved(stack: string, prefix: string): boolean | undefined {
    const blocks = this.snapshot.configurations.get(stack)?.blocks;
    if (blocks === undefined) return undefined;
    const data = isAttributes(blocks["data"]) ? blocks["data"]["aws_lambda_invocation"] : undefined;
    const start = `${sharedName(issuerBase(prefix).slice(0, -1), "observed")}_`;
    return isAttributes(data) && Object.keys(data).some((id) => id.startsWith(start));
  }
}

/** Secrets are given by name or by ARN. */
function nameOfSecret(given: string): string {
  return /^arn:.*:secret:(.+)-(?:[A-Za-z0-9]{6}|\?{6})$/s.exec(given)?.[1] ?? given;
}

/** A secret under any issuer's prefix, by name, ARN or reference. */
function isKeySecret(given: string, names: OwnedNames, parts: ReadonlyMap<string, Part> | undefined): boolean {
  const address = /^\$\{(aws_secretsmanager_secret\.[\w-]+)\.\w+\}$/.exec(given)?.[1];
  if (address !== undefined) return parts?.get(address)?.of === "key";
  return names.ofSecret(/:secret:(.+)-[A-Za-z0-9]{6}$/s.exec(given)?.[1] ?? given);
}

/**
 * Whether Secrets Manager rotates a key of that policy. Where people mint, nothing does; of a
 * vendor that is not known, nobody can tell.
 */
function isRotated({ vendor, lifetime }: KeyPolicy, secret: string): boolean {
  const known = vendorDescriptors.find(({ id }) => id === vendor);
  const { rotateEverySeconds } = lifetime;
  if (rotateEverySeconds === undefined || known?.strategy === "manual") return false;
  return rotationSchedule(rotateEverySeconds, secret) !== undefined;
}

const NO_LIFE = { overlapSeconds: 0, expirySeconds: 1 };
/** Nothing is said to be here. */
const NOWHERE = { partition: "?", region: "?", account: "?" };

function placeOf({ stack, address }: Resource): string {
  return `${stack}\n${address}`;
}

function isKnown({ mask }: Resource): boolean {
  return !JSON.stringify(mask).includes("true");
}

/** Differences that no field of the review tells. */
export function untold(differencesOf: readonly Difference[], fields: readonly FieldChange[]): FieldChange[] {
  return differencesOf
    .filter(({ change, told }) => told === undefined || !tells(told, change, fields))
    .map(({ change }) => change);
}

/** Fields that tell of a policy or a project one part each. */
const POLICY = /^(?:vendor|scopes|models|endpoints|limits\..*|networks|lifetime\..*|owner|purpose|policy)$/;
const GROUPS: Readonly<Record<string, RegExp>> = {
  policy: POLICY,
  project: /^project/,
  rights: /^rights of the /,
  "admin key": /admin key$/,
  code: /^code/,
};

function tells(told: string, { direction }: FieldChange, fields: readonly FieldChange[]): boolean {
  const group = GROUPS[told];
  return fields.some(({ field, direction: said }) => {
    if (group === undefined ? field !== told : !group.test(field)) return false;
    // Where a field says less than the difference, both are told.
    if (direction === "looser") return said === "looser" || said === "incomparable" || said === "unknown";
    if (direction === "incomparable") return said === "incomparable" || said === "unknown";
    return true;
  });
}
