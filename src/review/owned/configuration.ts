import { basename, relative } from "node:path";
import { readImportId } from "../../model/existing-secret";
import { GUARDRAILS_OUTPUT } from "../../model/guardrail-rules";
import { policyDigest } from "../../model/key-policy";
import { issuerBase, issuerPrefix, sharedName } from "../../model/names";
import { projectLimitsDigest } from "../../model/project-limits";
import { areTags, formOf } from "../../model/rendered/rule";
import { type Attributes, isAttributes, json, text } from "../attributes";
import type { FieldChange } from "../field-change";
import type { Inventory } from "../inventory-facts";
import { OWN_DATA } from "../read-stack";
import type { Configuration, Snapshot } from "../resources";
import { changeOf } from "./differences";
import type { Part } from "./parts";

/** One side of one stack. */
interface Side {
  readonly snapshot: Snapshot;
  readonly inventory: Inventory;
}

export interface StackSides {
  readonly stack: string;
  readonly before: Side;
  readonly after: Side;
  /** Part of a resource on either side. */
  readonly partOf: (address: string) => Part | undefined;
}

/**
 * What changes beside the resources of a stack that holds owned ones: whatever Terraform reads
 * there can change what becomes of them.
 */
export function configurationChanges(sides: StackSides): FieldChange[] {
  const [before, after] = [of(sides.before, sides.stack), of(sides.after, sides.stack)];
  if (after === undefined) return [];
  return [
    ...fileChanges(before?.files, after.files),
    ...blockChanges({ ...sides, isNew: before === undefined }, before?.blocks, after.blocks, after.plan !== undefined),
    ...(before === undefined ? [] : settingChanges(sides)),
    ...planChanges(sides, after),
  ];
}

/** What Terraform reads beside a stack's own file. */
const READ = /\.(?:tf|tofu)(?:\.json)?$|\.(?:tf|tofu)vars(?:\.json)?$|^\.(?:terraform|tofu)rc$/;

/**
 * Of a stack that holds nothing owned: what stands in another language beside it is not read here,
 * and may reach keys; so may a provider that nobody knows, which is a program.
 */
export function unread(before: Configuration | undefined, after: Configuration): FieldChange[] {
  const files = fileChanges(before?.files, after.files).filter(
    ({ field, after: young }) =>
      young !== "removed" && (READ.test(field) || /^a symbolic link|^no folder/.test(String(young))),
  );
  const providers = ({ blocks }: Configuration) =>
    asAttributes(asAttributes(blocks?.["terraform"])["required_providers"]);
  const known = new Set(before === undefined ? [] : strangers(providers(before)).map(({ is }) => is));
  return [...files, ...strangers(providers(after)).filter(({ is }) => !known.has(is))];
}

/** Whoever publishes a provider runs a program with the rights of whoever plans. */
const PUBLISHED = /^(?:(?:registry\.terraform\.io|registry\.opentofu\.org)\/)?(?:hashicorp\/)?[a-z0-9-]+$/;

/** Providers of others than HashiCorp. */
function strangers(required: Attributes): FieldChange[] {
  return Object.entries(required).flatMap(([name, given]) => {
    if (name === "//") return [];
    const source = isAttributes(given) ? (given["source"] ?? name) : name;
    return PUBLISHED.test(String(source)) ? [] : [changeOf(`source of provider ${name}`, undefined, source)];
  });
}

function of({ snapshot }: Side, stack: string): Configuration | undefined {
  return snapshot.configurations.get(stack);
}

/**
 * Providers that `terraform init` chose; where only one side was initialised, nothing is to be
 * compared.
 */
const LOCK = ".terraform.lock.hcl";

function fileChanges(before: Configuration["files"] | undefined, after: Configuration["files"]): FieldChange[] {
  const names = [...new Set([...(before?.keys() ?? []), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [old, young] = [before?.get(name), after.get(name)];
    if (old === young || (name === LOCK && (old === undefined || young === undefined))) return [];
    return [changeOf(`file ${name}`, old, young ?? "removed")];
  });
}

/** A stack that is new as a whole has a backend and providers that nobody had before. */
interface BlockSides extends StackSides {
  readonly isNew: boolean;
}

type Judge = (sides: BlockSides, before: Attributes, after: Attributes) => FieldChange[];

/** By kind of block. What has no judge here is one that nobody knows. */
const JUDGES: Readonly<Record<string, Judge>> = {
  // Comments.
  "//": () => [],
  terraform: terraformChanges,
  provider: providerChanges,
  // Judged with what others' resources reach.
  module: () => [],
  data: dataChanges,
  locals: localChanges,
  check: checkChanges,
  output: outputChanges,
  import: importChanges,
  moved: movedChanges,
  removed: movedChanges,
  variable: variableChanges,
};

function blockChanges(
  sides: BlockSides,
  before: Attributes | undefined,
  after: Attributes | undefined,
  inPlan: boolean,
): FieldChange[] {
  if (after === undefined) return [];
  // A plan quotes data sources and outputs alone, and of one side.
  if (inPlan) return dataChanges(sides, {}, asAttributes(after["data"]));
  const kinds = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])].sort();
  return kinds.flatMap((kind) => {
    const [old, young] = [before?.[kind], after[kind]];
    const judge = JUDGES[kind];
    // Of a block that nobody knows an empty one may mean something.
    if (judge === undefined && JSON.stringify(old) !== JSON.stringify(young))
      return [changeOf(`${kind} block`, old, young)];
    if (same(old, young)) return [];
    if (judge === undefined || ![old, young].every(isJudged)) return [changeOf(`${kind} block`, old, young)];
    return judge(sides, asAttributes(old), asAttributes(young));
  });
}

function isJudged(block: unknown): boolean {
  return block === undefined || isAttributes(block) || Array.isArray(block);
}

/** Lists by their place. */
function asAttributes(block: unknown): Attributes {
  if (isAttributes(block)) return block;
  return Object.fromEntries((Array.isArray(block) ? block : []).map((each) => [JSON.stringify(each), each]));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(formOf(uncommented(a))) === JSON.stringify(formOf(uncommented(b)));
}

function uncommented(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncommented);
  if (!isAttributes(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "//")
      .map(([name, inner]) => [name, uncommented(inner)]),
  );
}

function named(kind: string, before: Attributes, after: Attributes): FieldChange[] {
  return namedBy(kind, before, after, (block) => block);
}

/** @param meant what of a block plays a part */
function namedBy(
  kind: string,
  before: Attributes,
  after: Attributes,
  meant: (block: unknown) => unknown,
): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .filter((name) => !same(meant(before[name]), meant(after[name])))
    .map((name) => changeOf(`${kind} ${name}`, before[name], after[name] ?? "removed"));
}

function without(attributes: Attributes, names: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}

function providerChanges(sides: BlockSides, before: Attributes, after: Attributes): FieldChange[] {
  const changes = namedBy("provider", before, after, untagged);
  if (!sides.isNew) return changes;
  return changes.filter(({ after: blocks }) => {
    const [only, ...more] = Array.isArray(blocks) ? blocks : [blocks];
    return more.length > 0 || !isAttributes(only) || Object.keys(only).some((name) => DIVERTS.test(name));
  });
}

/** Providers without the tags that they give to all, where those carry no rights. */
function untagged(blocks: unknown): unknown {
  return (Array.isArray(blocks) ? blocks : [blocks]).map((block) => {
    if (!isAttributes(block)) return block;
    const { default_tags: given, ...rest } = block;
    const [only, ...more] = Array.isArray(given) ? given : [given];
    const { tags, ...others }: Attributes = isAttributes(only) ? only : { others: only };
    const harmless = more.length === 0 && formOf(others) === undefined && areTags(tags);
    return harmless ? rest : block;
  });
}

function terraformChanges(sides: BlockSides, before: Attributes, after: Attributes): FieldChange[] {
  if (sides.isNew)
    return [
      ...named("terraform", {}, without(after, ["backend", "cloud", "required_providers", "required_version"])),
      ...strangers(asAttributes(after["required_providers"])),
    ];
  const changes = named("terraform", before, after);
  const [old, young] = [localState(sides.before, sides.stack, before), localState(sides.after, sides.stack, after)];
  const isSameState = old !== undefined && old === young;
  return isSameState ? changes.filter(({ field }) => field !== "terraform backend") : changes;
}

/**
 * Where a local state lies, from where the stack was synthesised; undefined: it is no local state,
 * or nobody knows where that was.
 */
function localState(side: Side, stack: string, { backend }: Attributes): string | undefined {
  const origin = of(side, stack)?.origin;
  const local = isAttributes(backend) && Object.keys(backend).join() === "local" ? backend["local"] : undefined;
  if (origin === undefined || !isAttributes(local) || Object.keys(local).join() !== "path") return undefined;
  const path = text(local, "path");
  // CDKTF writes the folder that it runs in into it.
  return path === undefined || basename(path) !== `terraform.${stack}.tfstate` ? undefined : relative(origin, path);
}

/**
 * Which function one invokes, and which program one runs, is judged with what others' resources
 * reach.
 */
function dataChanges(sides: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((type) => {
    const [old, young] = [asAttributes(before[type]), asAttributes(after[type])];
    return [...new Set([...Object.keys(old), ...Object.keys(young)])].sort().flatMap((id) => {
      if (same(old[id], young[id])) return [];
      const isOwn = OWN_DATA.test(id) && type in OWN;
      if (young[id] === undefined)
        return isOwn && isUsed(sides, id) ? [changeOf(`data.${type}.${id}`, old[id], "removed")] : [];
      if (isOwn && OWN[type]?.(sides, id, asAttributes(young[id])) === true) return [];
      const leads = !isOwn && old[id] !== undefined && isNamedByOwned(sides, `data.${type}.${id}`);
      return isOwn || leads ? [changeOf(`data.${type}.${id}`, old[id], young[id])] : [];
    });
  });
}

/** Whether what stays behind still names it. */
function isUsed({ stack, after }: StackSides, id: string): boolean {
  return JSON.stringify(after.snapshot.configurations.get(stack)?.blocks ?? {}).includes(`.${id}.`);
}

const EMPTY = (_: StackSides, __: string, data: Attributes) => formOf(uncommented(data)) === undefined;
const OWN: Readonly<Record<string, (sides: StackSides, id: string, data: Attributes) => boolean>> = {
  aws_caller_identity: EMPTY,
  aws_partition: EMPTY,
  aws_region: EMPTY,
  aws_lambda_invocation: isObserved,
};

/** Asks an observer for the keys of its issuer that the stack declares, and nothing else. */
function isObserved(sides: StackSides, id: string, data: Attributes): boolean {
  const { "//": _, function_name, input, ...rest } = data;
  const base = baseOf(sides, id, "observed");
  if (
    base === undefined ||
    Object.keys(rest).some((name) => name !== "depends_on" || formOf(rest[name]) !== undefined)
  ) {
    return false;
  }
  if (!new RegExp(`^\\$\\{local\\.${shared(base, "observer")}\\}$`).test(String(function_name))) return false;
  const { keys, issuers } = sides.after.inventory;
  const own = keys.filter(
    ({ stack, address, controllerName }) =>
      stack === sides.stack && address !== "" && controllerName === `${base}-controller`,
  );
  const account = issuers.find(({ stack, name }) => stack === sides.stack && issuerBase(name) === `${base}-`)?.account;
  // Policies that the plan does not know yet are in the configuration of the same plan.
  if (own.some(({ policy }) => policy === undefined)) return true;
  const expected = {
    action: "observe",
    keys: Object.fromEntries(
      own.map(({ name, policy }) => [name.slice(name.lastIndexOf("/") + 1), policy && policyDigest(policy)]),
    ),
    ...(account === undefined ? {} : { account: projectLimitsDigest(account) }),
  };
  return (
    JSON.stringify(formOf(json(String(input)))) === JSON.stringify(formOf(expected)) &&
    String(input) === JSON.stringify(json(String(input)))
  );
}

const SHARED_LOCALS = ["controller", "secret_policy", "observer", "states", "repairs", "differing"] as const;

/** Pattern of a name that the keys of one issuer share. */
function shared(base: string, part: string): string {
  return `${escaped(sharedName(base, part))}_[0-9A-F]{8}`;
}

/**
 * What the names of issuers' functions begin with, of all that a stack declares keys of, on either
 * side.
 */
function basesIn(sides: StackSides): ReadonlySet<string> {
  const known = BASES.get(sides);
  if (known !== undefined) return known;
  const { stack, before, after } = sides;
  const bases = new Set(
    [before, after].flatMap(({ inventory: { issuers, keys } }) => [
      ...issuers.map(({ name }) => issuerBase(name).slice(0, -1)),
      ...keys
        .filter((key) => key.stack === stack && key.address !== "")
        .map(({ name }) => issuerBase(issuerPrefix(name)).slice(0, -1)),
    ]),
  );
  BASES.set(sides, bases);
  return bases;
}

/** They are asked for with each name. */
const BASES = new WeakMap<StackSides, ReadonlySet<string>>();

/** Whose a name is that the keys of an issuer share. */
function baseOf(sides: StackSides, name: string, part: string): string | undefined {
  return [...basesIn(sides)].find((base) => new RegExp(`^${shared(base, part)}$`).test(name));
}

/**
 * The constructs' own locals are as they write them; those of others play a part only where
 * something owned names them, which is then resolved, or not a text.
 */
function localChanges(sides: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [old, young] = [before[name], after[name]];
    if (same(old, young)) return [];
    if (young === undefined) return [];
    const owners = SHARED_LOCALS.flatMap((kind) => {
      const base = baseOf(sides, name, kind);
      return base === undefined ? [] : [{ base, kind }];
    });
    // Two of them may have one name but for the hash, where a prefix ends in a part's.
    if (owners.length > 0 || OWN_LOCAL.test(name)) {
      const isOwn = owners.some(({ base, kind }) => isRenderedLocal(sides, base, kind, String(young)));
      return isOwn ? [] : [changeOf(`local ${name}`, old, young)];
    }
    return isNamedByOwned(sides, `local.${name}`) ? [changeOf(`local ${name}`, old, young)] : [];
  });
}

/** Under the library's own name nobody else has any. */
const OWN_LOCAL = /^scoped-keys_/;

const escaped = (part: string) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

function isRenderedLocal(sides: StackSides, base: string, kind: string, value: string): boolean {
  const local = (other: string) => `local\\.${shared(base, other)}`;
  const forms: Readonly<Record<string, string>> = {
    states: `\\$\\{jsondecode\\(data\\.aws_lambda_invocation\\.${shared(base, "observed")}\\.result\\)\\}`,
    repairs: `\\$\\{\\{ for key, seen in ${local("states")} : key => seen\\.repair \\}\\}`,
    differing: `\\$\\{\\[ for key, seen in ${local("states")} : ${escaped('format("%s (%s): %s", key, seen.state, join("; ", seen.drift)) if !contains(["in_sync", "behind"], seen.state)')} \\]\\}`,
  };
  const form = forms[kind];
  if (form !== undefined) return new RegExp(`^${form}$`).test(value);
  // What these two hold is put in where resources name them, and judged there.
  if (kind !== "observer") return true;
  const address = /^\$\{(aws_lambda_function\.[\w-]+)\.arn\}$/.exec(value)?.[1];
  const part = address === undefined ? undefined : sides.partOf(address);
  return address === undefined
    ? // An issuer of another stack.
      /^\$\{data\.terraform_remote_state\.[\w-]+\.outputs\.[\w-]+\}$/.test(value)
    : part?.name === "observer function" && `${base}-` === issuerBase(part.subject);
}

/**
 * What it is called, what is demanded of it and whether it is shown change nothing of what it is.
 */
const SAID_OF_VARIABLES = ["description", "validation", "sensitive", "//"];

/** A variable whose value something owned takes. */
function variableChanges(sides: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [old, young] = [before[name], after[name]].map((each) => without(asAttributes(each), SAID_OF_VARIABLES));
    if (before[name] === undefined || same(old, young) || !isNamedByOwned(sides, `var.${name}`)) return [];
    return [changeOf(`variable ${name}`, before[name], after[name] ?? "removed")];
  });
}

/** Resources that another part of the review follows where keys depend on them. */
const FOLLOWED = /^aws_(?:iam_\w+|sns_topic|kms_key|kms_alias)$/;
/** Who reaches a function over the network plays no part: it listens to nobody. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["tags", "tags_all", "description", "timeouts", "ingress"]);

/** A resource of others that something owned takes its settings from, e.g. a security group. */
function settingChanges(sides: StackSides): FieldChange[] {
  const before = new Map(sides.before.snapshot.resources.map((each) => [`${each.stack} ${each.address}`, each]));
  return sides.after.snapshot.resources.flatMap((young) => {
    const { stack, address, type } = young;
    const old = before.get(`${stack} ${address}`);
    if (stack !== sides.stack || old === undefined || FOLLOWED.test(type) || sides.partOf(address) !== undefined)
      return [];
    const names = [...new Set([...Object.keys(old.values), ...Object.keys(young.values)])]
      .filter((name) => !SAYS_NOTHING.has(name) && !same(old.values[name], young.values[name]))
      .sort();
    if (names.length === 0 || !isNamedByOwned(sides, address)) return [];
    return names.map((name) => changeOf(`${address}.${name}`, old.values[name], young.values[name]));
  });
}

/** Whether something owned takes a value from an address, by locals or not. */
function isNamedByOwned(sides: StackSides, address: string): boolean {
  let names = NAMED.get(sides);
  if (names === undefined) {
    names = namedByOwned(sides);
    NAMED.set(sides, names);
  }
  return names.has(address);
}

/** It is asked for each that changes. */
const NAMED = new WeakMap<StackSides, ReadonlySet<string>>();

function namedByOwned({ stack, after, partOf }: StackSides): ReadonlySet<string> {
  const locals = asAttributes(after.snapshot.configurations.get(stack)?.blocks?.["locals"]);
  const names = new Set<string>();
  for (const { address, written, stack: of } of after.snapshot.resources) {
    if (of !== stack || written === undefined || partOf(address) === undefined) continue;
    const { depends_on: _, "//": __, ...taken } = written;
    for (const name of addressesIn(taken)) names.add(name);
  }
  // Whoever names it, and whoever names that.
  for (const name of names) {
    if (name.startsWith("local.")) for (const each of addressesIn(locals[name.slice("local.".length)])) names.add(each);
  }
  return names;
}

const ADDRESS = /\b(?:data\.[a-z]\w*\.[\w-]+|(?:local|var)\.[\w-]+|[a-z]\w*_\w+\.[A-Za-z_][\w-]*)/g;

function addressesIn(value: unknown): string[] {
  const written = JSON.stringify(value) ?? "";
  return written.includes("${") || written.includes("%{")
    ? [...written.matchAll(ADDRESS)].map(([address]) => address)
    : [];
}

function checkChanges(sides: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  const bases = new Set(sides.after.inventory.issuers.map(({ name }) => issuerBase(name).slice(0, -1)));
  for (const { controllerName } of sides.after.inventory.keys) bases.add(controllerName.replace(/-controller$/, ""));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [old, young] = [before[name], after[name]];
    if (same(old, young)) return [];
    const base = name.replace(/^_(?=\d)/, "");
    if (!bases.has(base)) {
      // Of somebody else's: what only asserts does nothing.
      return isAttributes(young) && Object.keys(young).some((each) => each !== "assert" && each !== "//")
        ? [changeOf(`check ${name}`, old, young)]
        : [];
    }
    // Where plans no longer look for drift the issuer says so.
    if (young === undefined) return asked(sides, base) ? [changeOf(`check ${name}`, old, "removed")] : [];
    return isRenderedCheck(base, young) ? [] : [changeOf(`check ${name}`, old, young)];
  });
}

function asked({ stack, after }: StackSides, base: string): boolean {
  const data = after.snapshot.configurations.get(stack)?.blocks?.["data"];
  return JSON.stringify(data ?? {}).includes(`"${sharedName(base, "observed")}_`);
}

function isRenderedCheck(base: string, check: unknown): boolean {
  const [assertion, ...more] = isAttributes(check) && Array.isArray(check["assert"]) ? check["assert"] : [];
  if (!isAttributes(check) || more.length > 0 || Object.keys(check).join() !== "assert" || !isAttributes(assertion))
    return false;
  const { condition, error_message, ...rest } = assertion;
  const differing = `local\\.${shared(base, "differing")}`;
  return (
    Object.keys(rest).length === 0 &&
    new RegExp(`^\\$\\{length\\(${differing}\\) == 0\\}$`).test(String(condition)) &&
    new RegExp(
      `^\\$\\{join\\("\\\\n", concat\\(\\["Keys (?:and project limits )?under [^"$]*/ that are not as last applied:"\\], ${differing}\\)\\)\\}$`,
    ).test(String(error_message))
  );
}

/**
 * The value of the guardrails' output is told by field; that it is made by an expression is not.
 */
function outputChanges(_: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  const [old, young] = [before[GUARDRAILS_OUTPUT], after[GUARDRAILS_OUTPUT]];
  if (same(old, young) || young === undefined) return [];
  return isPlainOutput(young) ? [] : [changeOf(`output ${GUARDRAILS_OUTPUT}`, old, young)];
}

export function isPlainOutput(output: unknown): boolean {
  if (!isAttributes(output)) return false;
  const { value, description: _, "//": __, ...rest } = output;
  return Object.keys(rest).length === 0 && !/(?<!\$)\$\{|(?<!%)%\{/.test(JSON.stringify(value) ?? "");
}

/**
 * Of `existingSecretArn`: a secret with the key's own name becomes the key's, unless it is a key's
 * already.
 */
function importChanges(sides: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  return Object.entries(after).flatMap(([name, given]) => {
    if (name in before || !isAttributes(given)) return [];
    const address = text(given, "to") ?? "";
    const part = sides.partOf(address);
    if (part === undefined) return [];
    const id = readImportId(text(given, "id") ?? "");
    const { "//": _, to: __, id: ___, ...rest } = given;
    const own =
      part.name === "secret" &&
      Object.keys(rest).length === 0 &&
      id !== undefined &&
      /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:(.+)-[A-Za-z0-9]{6}$/.exec(id.arn)?.[1] === part.subject &&
      isReadOf(sides, id);
    return own ? [] : [changeOf(`import ${address}`, undefined, given)];
  });
}

/** Whether the data source of an import's id reads that very secret, here. */
function isReadOf(
  { stack, after }: StackSides,
  { secret, arn }: { readonly secret: string; readonly arn: string },
): boolean {
  const [, type = "", name = ""] = secret.split(".");
  const data = asAttributes(after.snapshot.configurations.get(stack)?.blocks?.["data"]);
  return JSON.stringify(uncommented(asAttributes(asAttributes(data[type])[name]))) === JSON.stringify({ arn });
}

/** A part may move to where the same part stands. */
function movedChanges(sides: StackSides, before: Attributes, after: Attributes): FieldChange[] {
  return Object.entries(after).flatMap(([name, given]) => {
    if (name in before) return [];
    const [from, to] = isAttributes(given) ? [text(given, "from"), text(given, "to")] : [];
    const [old, young] = [from, to].map((address) => (address === undefined ? undefined : sides.partOf(address)));
    if (from !== undefined && to === undefined && staysBehind(from, given))
      return [changeOf(`removed ${from}`, undefined, given)];
    if (old === undefined && young === undefined) return [];
    if (to !== undefined && JSON.stringify(old) === JSON.stringify(young)) return [];
    return [changeOf(`${to === undefined ? "removed" : "moved"} ${from}`, undefined, given)];
  });
}

/** What gives rights goes out of Terraform's sight, and stays at AWS. */
function staysBehind(from: string, given: unknown): boolean {
  const lifecycle = isAttributes(given) ? given["lifecycle"] : undefined;
  const [settings] = [lifecycle].flat();
  const isDestroyed = isAttributes(settings) ? settings["destroy"] === true : settings === undefined;
  return !isDestroyed && /^module\.|^aws_(?:iam|lambda|kms|secretsmanager|ssoadmin|organizations)_/.test(from);
}

/** Settings of a provider that lead it elsewhere than to AWS, or let it look away. */
const DIVERTS =
  /^(?:endpoints|skip_|insecure|custom_ca_bundle|http_proxy|https_proxy|s3_us_east_1|sts_region|ec2_metadata|shared_)/;

function planChanges(sides: StackSides, { plan }: Configuration): FieldChange[] {
  if (plan === undefined) return [];
  const diverted = [...plan.providers].flatMap(([key, written]) =>
    Object.keys(written)
      .filter((name) => key.split(".")[0] === "aws" && DIVERTS.test(name))
      .map((name) => changeOf(`provider ${key}.${name}`, undefined, written[name])),
  );
  const bases = sides.after.inventory.issuers.map(({ name }) => issuerBase(name).slice(0, -1));
  const unchecked = bases
    .filter(
      (base) =>
        asked(sides, base) &&
        plan.checks !== undefined &&
        ![...plan.checks].some((name) => name.replace(/^_(?=\d)/, "") === base),
    )
    .map((base) => changeOf(`check ${base}`, undefined, "removed"));
  const output = asAttributes(of(sides.after, sides.stack)?.blocks?.["output"])[GUARDRAILS_OUTPUT];
  return [
    ...(plan.complete
      ? []
      : [
          changeOf(
            "plan",
            undefined,
            "covers only a part of the stack (-target), or has a form that this release does not read",
          ),
        ]),
    ...plan.deferred.map((address) => changeOf(address, undefined, "deferred to a later plan")),
    ...plan.actions.map((address) => changeOf(address, undefined, "an action that the apply invokes")),
    ...diverted,
    ...unchecked,
    ...(output === undefined || isPlainOutput(output)
      ? []
      : [changeOf(`output ${GUARDRAILS_OUTPUT}`, undefined, output)]),
    ...foreignSources(plan.sources),
  ];
}

/** Of whom the provider of AWS is taken. */
const SOURCES = /^(?:registry\.terraform\.io|registry\.opentofu\.org)\/hashicorp\/aws$/;

function foreignSources(sources: ReadonlyMap<string, string>): FieldChange[] {
  return [...sources]
    .filter(([key, source]) => key.split(".")[0] === "aws" && !SOURCES.test(source))
    .map(([key, source]) => changeOf(`source of provider ${key}`, undefined, source));
}
