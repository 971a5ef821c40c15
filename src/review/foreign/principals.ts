import { parsePolicy, type Statement, withWords } from "../../iam";
import type { Attributes } from "../attributes";
import { blocks as blocksIn, isAttributes, text, texts } from "../attributes";
import type { Block } from "./blocks";
import type { StackBlocks } from "./configuration";
import { managedPolicy } from "./managed-policies";

/** Somebody who has policies: all of them together say what he may do. */
export interface Principal {
  readonly kind: "role" | "user" | "group" | "policy" | "permission set";
  /** Of which parts may be unknown. */
  readonly name: string;
  /** In words, for people. */
  readonly label: string;
  readonly statements: readonly Statement[];
  /** What cannot be read, or is not told, in words that tell it apart. */
  readonly untold: readonly string[];
  /** Whatever gives rights to it, in words that tell it apart. */
  readonly given: readonly string[];
}

type Kind = Principal["kind"];
interface Given {
  readonly kind: Kind;
  readonly name: string;
  readonly policy: Policy;
  /** Of an inline policy: another one of the same name takes its place. */
  readonly inline?: string;
  /** Whether it is certainly there: one that may be is good for rights, and holds nobody back. */
  readonly certain: boolean;
}
/** A document, or an ARN of one. */
type Policy = { readonly document: string } | { readonly arn: string } | { readonly untold: string };

const LABELS: Readonly<Record<Kind, string>> = {
  role: "role",
  user: "user",
  group: "group",
  policy: "whoever has policy",
  "permission set": "permission set",
};

/** Inline policies: the attribute that names who has it, and the attribute with the document. */
const INLINE: Readonly<Record<string, readonly [kind: Kind, to: string, document: string]>> = {
  aws_iam_role_policy: ["role", "role", "policy"],
  aws_iam_user_policy: ["user", "user", "policy"],
  aws_iam_group_policy: ["group", "group", "policy"],
  aws_iam_policy: ["policy", "name", "policy"],
  aws_ssoadmin_permission_set_inline_policy: ["permission set", "permission_set_arn", "inline_policy"],
};
const ATTACHED: Readonly<Record<string, ReadonlyArray<readonly [kind: Kind, to: string]>>> = {
  aws_iam_role_policy_attachment: [["role", "role"]],
  aws_iam_user_policy_attachment: [["user", "user"]],
  aws_iam_group_policy_attachment: [["group", "group"]],
  aws_iam_policy_attachment: [
    ["role", "roles"],
    ["user", "users"],
    ["group", "groups"],
  ],
  aws_ssoadmin_managed_policy_attachment: [["permission set", "permission_set_arn"]],
  aws_ssoadmin_customer_managed_policy_attachment: [["permission set", "permission_set_arn"]],
  // Whatever is in the list and not attached yet they attach.
  aws_iam_role_policy_attachments_exclusive: [["role", "role_name"]],
  aws_iam_user_policy_attachments_exclusive: [["user", "user_name"]],
  aws_iam_group_policy_attachments_exclusive: [["group", "group_name"]],
};
/** Attributes that name policies; of others it is `policy_arn`. */
const ATTACHED_ARN: Readonly<Record<string, string>> = {
  aws_ssoadmin_managed_policy_attachment: "managed_policy_arn",
  aws_iam_role_policy_attachments_exclusive: "policy_arns",
  aws_iam_user_policy_attachments_exclusive: "policy_arns",
  aws_iam_group_policy_attachments_exclusive: "policy_arns",
};

/** Types that are judged here, with all that they say of policies. */
export const POLICY_TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(INLINE),
  ...Object.keys(ATTACHED),
  "aws_iam_role",
]);

/**
 * Everybody to whom the resources of a stack give rights.
 * @param isOwn whether a resource is a policy of the library's own functions, of which another part
 * of the review tells
 */
export function principalsOf(stack: StackBlocks, isOwn: (block: Block) => boolean): Principal[] {
  const resources = stack.blocks.filter(({ kind, type }) => kind === "resource" && POLICY_TYPES.has(type));
  const documents = new Map(
    resources
      .filter(({ type }) => type === "aws_iam_policy")
      .flatMap((block) => {
        const body = stack.body(block);
        const document = text(body, "policy") ?? "";
        return arnsOf(body).map((arn) => [arn, document] as const);
      }),
  );
  const merged = new Map<string, Given[]>();
  for (const block of resources) {
    if (isOwn(block)) continue;
    const certain = stack.isCertain(block);
    for (const each of givenBy(block, stack.body(block))) {
      const given = { ...each, certain };
      const key = `${given.kind} ${given.name}`;
      merged.set(key, [...(merged.get(key) ?? []), given]);
    }
  }
  return [...merged.values()].map((given) => principal(given, documents));
}

/** As the state has it, and as it follows from path and name. */
function arnsOf(body: Attributes): string[] {
  const [arn, name, path] = [text(body, "arn"), text(body, "name"), text(body, "path") ?? "/"];
  return [arn, name === undefined ? undefined : `:policy${path}${name}`].filter((each) => each !== undefined);
}

function givenBy(block: Block, body: Attributes): Array<Omit<Given, "certain">> {
  const inline = INLINE[block.type];
  if (inline !== undefined) {
    const [kind, to, document] = inline;
    const written = text(body, document);
    const policy =
      written === undefined ? { untold: JSON.stringify(body[document] ?? "no policy") } : { document: written };
    return [
      { kind, name: text(body, to) ?? `(${block.address})`, policy, inline: text(body, "name") ?? block.address },
    ];
  }
  const attached = ATTACHED[block.type];
  if (attached !== undefined) {
    const policies = attachedBy(block.type, body);
    return attached.flatMap(([kind, to]) =>
      listed(body, to).flatMap((name) => policies.map((policy) => ({ kind, name, policy }))),
    );
  }
  return ofRole(block, body);
}

function attachedBy(type: string, body: Attributes): Policy[] {
  if (type === "aws_ssoadmin_customer_managed_policy_attachment") {
    return blocksIn(body, "customer_managed_policy_reference").map((each) => ({
      arn: `:policy${text(each, "path") ?? "/"}${text(each, "name") ?? ""}`,
    }));
  }
  const attribute = ATTACHED_ARN[type] ?? "policy_arn";
  if (attribute === "policy_arns") return listed(body, attribute).map((arn) => ({ arn }));
  const arn = text(body, attribute);
  return [arn === undefined ? { untold: "an unknown policy" } : { arn }];
}

/** Lists that are not known count as one entry. */
function listed(body: Attributes, name: string): string[] {
  const value = body[name];
  const found = texts(body, name);
  return found.length > 0 || value === undefined || value === null || Array.isArray(value)
    ? found
    : [JSON.stringify(value)];
}

function ofRole(block: Block, body: Attributes): Array<Omit<Given, "certain">> {
  const name = text(body, "name") ?? `(${block.address})`;
  const give = (policy: Policy) => ({ kind: "role" as const, name, policy });
  const dynamic = body["dynamic"];
  const inline = [...blocksIn(body, "inline_policy"), ...dynamicOf(dynamic, "inline_policy")];
  const odd = unread(body["inline_policy"]) ?? (dynamic !== undefined && inline.length === 0 ? dynamic : undefined);
  return [
    ...inline.flatMap((each) => {
      const document = text(each, "policy");
      // An empty block takes all inline policies away.
      if (document !== undefined) return [give({ document })];
      return each["policy"] === undefined || each["policy"] === null || each["policy"] === ""
        ? []
        : [give({ untold: JSON.stringify(each["policy"]) })];
    }),
    ...listed(body, "managed_policy_arns").map((arn) => give({ arn })),
    ...(odd === undefined ? [] : [give({ untold: JSON.stringify(odd) })]),
  ];
}

/** What stands in place of blocks and is none. */
function unread(value: unknown): unknown {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return list.find((each) => !isAttributes(each));
}

function dynamicOf(dynamic: unknown, name: string): Attributes[] {
  return (Array.isArray(dynamic) ? dynamic : [dynamic])
    .filter(isAttributes)
    .flatMap((each) => blocksIn(each, name))
    .flatMap((each) => blocksIn(each, "content"));
}

function principal(given: readonly Given[], documents: ReadonlyMap<string, string>): Principal {
  const [{ kind, name } = { kind: "role" as const, name: "" }] = given;
  const names = given.map(({ inline }) => inline);
  const isWrittenOver = ({ inline }: Given) =>
    inline !== undefined && names.indexOf(inline) !== names.lastIndexOf(inline);
  const read = given.map((each) => {
    const policy = readPolicy(each.policy, documents);
    if ("untold" in policy || (each.certain && !isWrittenOver(each))) return policy;
    return { statements: policy.statements.filter(({ effect }) => effect === "Allow") };
  });
  return {
    kind,
    name,
    label: `${LABELS[kind]} ${withWords(name)}`,
    statements: read.flatMap((each) => ("statements" in each ? each.statements : [])),
    untold: read.flatMap((each) => ("untold" in each ? [each.untold] : [])),
    given: given.map(({ policy }) => withWords(Object.values(policy).join())),
  };
}

type Read = { readonly statements: readonly Statement[] } | { readonly untold: string };

function readPolicy(policy: Policy, documents: ReadonlyMap<string, string>): Read {
  if ("untold" in policy) return { untold: withWords(policy.untold) };
  const parsed =
    "document" in policy
      ? parsePolicy(policy.document)
      : (managedPolicy(policy.arn) ?? parsePolicy(documentOf(policy.arn, documents) ?? ""));
  if (parsed !== undefined) return { statements: parsed.statements };
  return {
    untold:
      "document" in policy ? `a policy that cannot be read: ${withWords(policy.document)}` : withWords(policy.arn),
  };
}

function documentOf(arn: string, documents: ReadonlyMap<string, string>): string | undefined {
  return documents.get(arn) ?? documents.get(arn.slice(arn.indexOf(":policy/")));
}
